"""Lets a benchmark run as on an older processor: ours by NIGHTREEL_CPU, the reference by what that variable sets for
the libraries under both."""
import os

LIBRARIES = {"avx512": {"ATEN_CPU_CAPABILITY": "avx512", "ONEDNN_MAX_CPU_ISA": "AVX512_CORE",
                        "MKL_ENABLE_INSTRUCTIONS": "AVX512"},
             "avx2": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}}


def add_option(parser):
    parser.add_argument("--cpu", choices=["native", *LIBRARIES], default=os.environ.get("NIGHTREEL_CPU") or "native",
                        help="the instructions that both may use; NIGHTREEL_CPU unless given")


def apply(cpu):
    """For every process that is started from now on."""
    os.environ["NIGHTREEL_CPU"] = cpu
    os.environ.update(LIBRARIES.get(cpu, {}))
