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

# Several sources of a target in one compilation: most of a source's seconds are headers and templates
# that its neighbours have too. Off for work on the code, where one source is touched at a time.
option(NIGHTREEL_UNITY "compile sources in batches" ON)
function(nightreel_batches target size)
    if(NIGHTREEL_UNITY)
        set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${size})
        # A source that is included by a batch looks like a header to this warning.
        target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    endif()
endfunction()

# nightreel_library(NAME SOURCES a.cpp ... LINK other ... [FAST]): a static library nightreel_NAME. FAST
# ones hold loops over pixels or tensors, which are worth the compiler's time.
function(nightreel_library name)
    cmake_parse_arguments(arg "FAST" "" "SOURCES;LINK;PRIVATE_LINK" ${ARGN})
    add_library(nightreel_${name} STATIC ${arg_SOURCES})
    nightreel_batches(nightreel_${name} 8)
    if(arg_FAST)
        target_compile_options(nightreel_${name} PRIVATE $<$<CONFIG:Release>:-O3>)
    endif()
    target_link_libraries(nightreel_${name} PUBLIC nightreel_options ${arg_LINK}
                                            PRIVATE ${arg_PRIVATE_LINK})
endfunction()

# nightreel_test(NAME SOURCES a_test.cpp ... LINK nightreel_x ... LABEL unit [TIMEOUT seconds]): one Catch2
# program, one ctest of the same name.
function(nightreel_test name)
    cmake_parse_arguments(arg "" "LABEL;TIMEOUT" "SOURCES;LINK" ${ARGN})
    if(NOT arg_LABEL)
        set(arg_LABEL unit)
    endif()
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE nightreel_catch_main ${arg_LINK})
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}")
    set_tests_properties(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
endfunction()
