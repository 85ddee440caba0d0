#!/bin/sh
# Puts the GPU tests and the libraries they need beside LibTorch's into a folder, to be carried to a machine that has
# LibTorch and nothing else. Usage: tests/gpu/pack.sh BUILD FOLDER
set -eu
build=$1
folder=$2
rm -rf "$folder"
mkdir -p "$folder/tests" "$folder/lib"
for program in gpu_engine gpu_laws; do
    cp "$build/tests/$program" "$folder/tests/"
    strip "$folder/tests/$program"
    # Not the system's own, and not LibTorch's: those are of the machine that it goes to.
    ldd "$build/tests/$program" | awk '/=> \//{print $3}' |
        grep -vE '/(torch|nvidia|cu[0-9]+)/|/(libc|libm|libdl|librt|libpthread|libutil|libgcc_s|libstdc\+\+|libgomp)[.-]' |
        while read -r library; do cp -L "$library" "$folder/lib/"; done
done
if [ -f "$build/lib/libnightreel_cuda.so" ]; then
    cp "$build/lib/libnightreel_cuda.so" "$folder/lib/"
else
    echo "pack.sh: $build/lib/libnightreel_cuda.so is not there: the pack is without kernels of our own" >&2
fi
du -sh "$folder"
