# Finds LibTorch and makes the imported target nightreel::torch (CPU libraries only; CUDA is loaded at
# run time). Sources, in this order:
#   1. -DNIGHTREEL_TORCH_DIR=, Torch_DIR or a CMAKE_PREFIX_PATH entry that holds a LibTorch
#   2. the `torch` of the active python3, when its version is one this project was tested with
#   3. the pinned wheel, fetched once into the build folder
# find_package(Torch) is not used: TorchConfig.cmake of the CUDA wheel insists on a CUDA toolkit.
set(NIGHTREEL_TORCH_VERSION 2.11.0)
set(NIGHTREEL_TORCH_DIR "" CACHE PATH "folder of a LibTorch (holds include/ and lib/)")
option(NIGHTREEL_BUNDLE_TORCH "install LibTorch's libraries with the programs" ON)

function(nightreel_torch_candidate result directory)
    if(EXISTS "${directory}/lib/libtorch_cpu.so" AND EXISTS "${directory}/include/ATen/ATen.h")
        set(${result} "${directory}" PARENT_SCOPE)
    endif()
endfunction()

set(torch_root "")
foreach(directory IN ITEMS "${NIGHTREEL_TORCH_DIR}" "${Torch_DIR}/../../.." ${CMAKE_PREFIX_PATH})
    if(NOT torch_root AND directory)
        nightreel_torch_candidate(torch_root "${directory}")
    endif()
endforeach()
if(NIGHTREEL_TORCH_DIR AND NOT torch_root)
    message(FATAL_ERROR "NIGHTREEL_TORCH_DIR=${NIGHTREEL_TORCH_DIR} holds no LibTorch: "
                        "lib/libtorch_cpu.so and include/ATen/ATen.h are looked for.")
endif()

if(NOT torch_root)
    execute_process(
        COMMAND python3 -c "import importlib.util as u, importlib.metadata as m, os
s = u.find_spec('torch'); print(m.version('torch').split('+')[0], os.path.dirname(s.origin), sep=';')"
        OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed)
        list(GET found 0 version)
        list(GET found 1 directory)
        if(version VERSION_EQUAL NIGHTREEL_TORCH_VERSION)
            nightreel_torch_candidate(torch_root "${directory}")
        endif()
    endif()
endif()

if(NOT torch_root)
    set(wheel_root "${CMAKE_SOURCE_DIR}/build/_deps/torch-${NIGHTREEL_TORCH_VERSION}")
    if(NOT EXISTS "${wheel_root}/complete")
        message(STATUS "LibTorch ${NIGHTREEL_TORCH_VERSION}: fetching the wheel (about 530 MB, once)")
        file(REMOVE_RECURSE "${wheel_root}")
        execute_process(
            COMMAND python3 -m pip install --quiet --disable-pip-version-check --no-deps
                    --root-user-action=ignore --target "${wheel_root}"
                    torch==${NIGHTREEL_TORCH_VERSION} nvidia-cuda-runtime==13.0.96
                    nvidia-cuda-cupti==13.0.85
            RESULT_VARIABLE failed)
        if(failed)
            message(FATAL_ERROR "LibTorch could not be fetched with pip. Give an unpacked LibTorch with "
                                "-DNIGHTREEL_TORCH_DIR=DIR, or build without: -DNIGHTREEL_WITH_TORCH=OFF.")
        endif()
        file(TOUCH "${wheel_root}/complete")
    endif()
    nightreel_torch_candidate(torch_root "${wheel_root}/torch")
endif()

message(STATUS "LibTorch: ${torch_root}")
add_library(nightreel_torch INTERFACE)
add_library(nightreel::torch ALIAS nightreel_torch)
# Searched last: the wheel carries headers of other libraries too (fmt 12, nlohmann-json), and those of the
# machine, which the rest of the program is built with, must be found first.
target_compile_options(nightreel_torch INTERFACE
    "SHELL:-idirafter ${torch_root}/include"
    "SHELL:-idirafter ${torch_root}/include/torch/csrc/api/include")
# ATen's loops over threads stand in its headers and run on one thread without OpenMP. The wheel brings the
# runtime that its own threads belong to.
target_compile_options(nightreel_torch INTERFACE -fopenmp)
if(EXISTS "${torch_root}/lib/libgomp.so.1")
    target_link_libraries(nightreel_torch INTERFACE "${torch_root}/lib/libgomp.so.1")
else()
    find_package(OpenMP REQUIRED COMPONENTS CXX)
    target_link_libraries(nightreel_torch INTERFACE OpenMP::OpenMP_CXX)
endif()
target_link_directories(nightreel_torch INTERFACE "${torch_root}/lib")
# libtorch_cpu needs the CUDA runtime and CUPTI of the wheel that lies beside it; it knows where.
target_link_options(nightreel_torch INTERFACE "LINKER:--allow-shlib-undefined" "LINKER:--no-as-needed")
# By their paths, so that CMake writes the RPATH: this folder while building, another one when installed.
target_link_libraries(nightreel_torch INTERFACE "${torch_root}/lib/libtorch_cpu.so" "${torch_root}/lib/libc10.so")
if(NIGHTREEL_BUNDLE_TORCH)
    # The second is where a GPU's part of LibTorch is put beside an installed package (docs/install.md). While
    # building it keeps this RPATH the longer one: CMake would pad it with empty places, which mean "here".
    set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib/nightreel/torch/lib" "$ORIGIN/../lib/nightreel/gpu/torch/lib")
    set(CMAKE_BUILD_RPATH "${CMAKE_BINARY_DIR}/lib/nightreel/gpu/torch/lib")
else()
    set(CMAKE_INSTALL_RPATH "${torch_root}/lib")  # LibTorch stays where it was found
endif()
