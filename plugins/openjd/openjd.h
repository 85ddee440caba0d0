#pragma once
// Open Job Description, jobtemplate-2023-09: a job bundle for the openjd command line and for AWS
// Deadline Cloud. Pure, any thread. Source: OpenJobDescription/openjd-specifications, wiki,
// "2023-09 Template Schemas".

#include "plugins/farm_manager.h"

namespace nightreel {

FarmManager openjd_manager();

}  // namespace nightreel
