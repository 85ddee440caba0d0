// nightreel-bench: `nightreel-render bench` as a program.

#include "pipeline/bench/bench.h"
#include "pipeline/program/run_program.h"

int main(int argc, char** argv) {
    return nightreel::run_program("nightreel-bench", argc, argv, nightreel::run_bench);
}
