#pragma once
// Which devices a precision policy runs on. All but int8 and fp8 run on every one. Pure; any
// thread.

#include <c10/core/Device.h>

#include "shotspec/card/precision_policy.h"

namespace nightreel {

// Error{unavailable} with what is required and which policies run here, for int8 and fp8 where the
// device has no products for them. The device must have been opened.
void require_support(PrecisionPolicy policy, const c10::Device& device);

}  // namespace nightreel
