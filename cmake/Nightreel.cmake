# The few words that every folder's CMakeLists.txt is written in.
include_guard(GLOBAL)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)

add_library(nightreel_options INTERFACE)
target_compile_features(nightreel_options INTERFACE cxx_std_20)
target_include_directories(nightreel_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_options(nightreel_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Wno-missing-field-initializers  # designated initialisers leave out what keeps its default
    -Woverloaded-virtual -Wzero-as-null-pointer-constant
    $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond;-Wlogical-op>
    $<$<BOOL:${NIGHTREEL_WERROR}>:-Werror>)
if(NIGHTREEL_SANITIZE)
    target_compile_options(nightreel_options INTERFACE
        -fsanitize=${NIGHTREEL_SANITIZE} -fno-omit-frame-pointer)
    target_link_options(nightreel_options INTERFACE -fsanitize=${NIGHTREEL_SANITIZE})
endif()
if(NIGHTREEL_FUZZ)
    target_compile_options(nightreel_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Several sources in one compilation: most of a source's seconds are headers and templates that its
# neighbours have too. Off for work on the code, where one source is touched at a time. CMake's own unity
# builds name sources by absolute paths, which makes every checkout a stranger to ccache; these are
# relative to the root.
option(NIGHTREEL_UNITY "compile sources in batches" ON)

# A source that a batch includes looks like a header to this warning.
set(nightreel_batch_options $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)

# nightreel_batches(RESULT NAME SIZE ALONE a.cpp ... SOURCES b.cpp ...): the sources to give to target NAME.
function(nightreel_batches result name size)
    cmake_parse_arguments(arg "" "" "ALONE;SOURCES" ${ARGN})
    if(NOT NIGHTREEL_UNITY)
        set(${result} ${arg_ALONE} ${arg_SOURCES} PARENT_SCOPE)
        return()
    endif()
    set(files ${arg_ALONE})
    set(batch 0)
    while(arg_SOURCES)
        list(SUBLIST arg_SOURCES 0 ${size} part)
        list(REMOVE_ITEM arg_SOURCES ${part})
        list(LENGTH part length)
        if(length EQUAL 1)
            list(APPEND files ${part})
            continue()
        endif()
        set(text "// Made by CMake: sources of ${name} that are compiled together.\n")
        foreach(source IN LISTS part)
            get_filename_component(path "${source}" ABSOLUTE)
            file(RELATIVE_PATH path "${CMAKE_SOURCE_DIR}" "${path}")
            string(APPEND text "#include \"${path}\"\n")
        endforeach()
        set(file "${CMAKE_CURRENT_BINARY_DIR}/batches/${name}_${batch}.cpp")
        file(GENERATE OUTPUT "${file}" CONTENT "${text}")
        list(APPEND files "${file}")
        math(EXPR batch "${batch} + 1")
    endwhile()
    set(${result} ${files} PARENT_SCOPE)
endfunction()

# nightreel_library(NAME SOURCES a.cpp ... [ALONE b.cpp ...] LINK other ... [FAST]): a static library
# nightreel_NAME. FAST ones hold loops over pixels or tensors, which are worth the compiler's time; sources
# with options of their own stand ALONE.
function(nightreel_library name)
    cmake_parse_arguments(arg "FAST" "" "SOURCES;ALONE;LINK;PRIVATE_LINK" ${ARGN})
    nightreel_batches(files ${name} 8 ALONE ${arg_ALONE} SOURCES ${arg_SOURCES})
    add_library(nightreel_${name} STATIC ${files})
    target_compile_options(nightreel_${name} PRIVATE ${nightreel_batch_options})
    if(arg_FAST)
        target_compile_options(nightreel_${name} PRIVATE $<$<CONFIG:Release>:-O3>)
    endif()
    target_link_libraries(nightreel_${name} PUBLIC nightreel_options ${arg_LINK}
                                            PRIVATE ${arg_PRIVATE_LINK})
endfunction()

# nightreel_again_on_avx2(NAME COMMAND program ...): the test NAME a second time as NAME_avx2, as on a
# processor with AVX2 and nothing newer. A processor that has nothing newer runs only the first.
set(nightreel_has_avx512 "")
if(EXISTS /proc/cpuinfo)
    file(STRINGS /proc/cpuinfo nightreel_has_avx512 LIMIT_COUNT 1 REGEX "avx512f")
endif()
function(nightreel_again_on_avx2 name)
    cmake_parse_arguments(arg "" "" "COMMAND" ${ARGN})
    if(NOT nightreel_has_avx512)
        return()
    endif()
    add_test(NAME ${name}_avx2 COMMAND ${arg_COMMAND} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    get_test_property(${name} LABELS labels)
    get_test_property(${name} TIMEOUT timeout)
    set_tests_properties(${name}_avx2 PROPERTIES
        LABELS "${labels};avx2" TIMEOUT ${timeout} SKIP_RETURN_CODE 77
        ENVIRONMENT "NIGHTREEL_CPU=avx2;OMP_NUM_THREADS=1")
endfunction()

# nightreel_test(NAME SOURCES a_test.cpp ... LINK nightreel_x ... LABEL unit [TIMEOUT seconds] [TORCH] [AVX2]):
# one Catch2 program, one ctest of the same name. TORCH: its sources see LibTorch. AVX2: a second test,
# see nightreel_again_on_avx2.
function(nightreel_test name)
    cmake_parse_arguments(arg "TORCH;AVX2" "TIMEOUT" "SOURCES;ALONE;LINK;LABEL" ${ARGN})
    if(NOT arg_LABEL)
        set(arg_LABEL unit)
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    nightreel_batches(files ${name} 4 ALONE ${arg_ALONE} SOURCES ${arg_SOURCES})
    add_executable(${name} ${files})
    target_link_libraries(${name} PRIVATE nightreel_catch_main ${arg_LINK})
    # -fPIC after the -fPIE of a program: as the precompiled header has it.
    target_compile_options(${name} PRIVATE -O1 -fPIC ${nightreel_batch_options})
    if(arg_TORCH)
        target_precompile_headers(${name} REUSE_FROM nightreel_torch_test_headers)
    else()
        target_precompile_headers(${name} REUSE_FROM nightreel_test_headers)
    endif()
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    # The code of tests/support/skip.h: a case that this machine cannot run.
    set_tests_properties(${name} PROPERTIES
        LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77)
    if(arg_AVX2)
        nightreel_again_on_avx2(${name} COMMAND ${name})
    endif()
endfunction()
