// nightreel-parity: `nightreel-render parity` as a program.

#include "pipeline/parity/run_parity.h"
#include "pipeline/program/run_program.h"

int main(int argc, char** argv) {
    return nightreel::run_program("nightreel-parity", argc, argv, nightreel::run_parity);
}
