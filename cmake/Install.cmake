# What `make install` and the packages contain: the programs, LibTorch's libraries, the bundled model, documents, examples,
# units for systemd, completion. No tests. docs/install.md describes it for those who install.
add_custom_target(product DEPENDS nightreel nightreel-render)
foreach(target nightreel-bench nightreel-parity nightreel_cuda)
    if(TARGET ${target})
        add_dependencies(product ${target})
    endif()
endforeach()

set(share share/nightreel)
set(documents share/doc/nightreel)
install(DIRECTORY models/ DESTINATION ${share}/models)
install(DIRECTORY recipes/ DESTINATION ${share}/recipes)
install(DIRECTORY farm_configs/ DESTINATION ${share}/farm_configs)
install(DIRECTORY examples/ DESTINATION ${share}/examples PATTERN "*.sh" EXCLUDE)
install(DIRECTORY docs/ DESTINATION ${documents})
install(FILES README.md CHANGELOG.md LICENSE THIRD_PARTY.md DESTINATION ${documents})
install(FILES packaging/systemd/nightreel-scheduler.service packaging/systemd/nightreel-worker.service
        DESTINATION lib/systemd/system)
# A machine with several GPUs has a worker for each: nightreel-worker@gpu1 reads /etc/nightreel/gpu1.yaml.
file(READ packaging/systemd/nightreel-worker.service unit)
string(REPLACE "/etc/nightreel/farm.yaml" "/etc/nightreel/%i.yaml" unit "${unit}")
string(REPLACE "Nightreel worker" "Nightreel worker %i" unit "${unit}")
file(CONFIGURE OUTPUT nightreel-worker@.service CONTENT "${unit}" @ONLY)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/nightreel-worker@.service" DESTINATION lib/systemd/system)
install(FILES packaging/systemd/nightreel.sysusers DESTINATION lib/sysusers.d RENAME nightreel.conf)

# LibTorch lies in lib/nightreel as in its wheel, torch/lib beside nvidia/*/lib: its libraries find each other by that.
# Of a CUDA build only what its CPU part is linked with; GPUs need the rest (docs/install.md).
if(NIGHTREEL_WITH_TORCH AND NIGHTREEL_BUNDLE_TORCH)
    file(GLOB torch_files "${torch_root}/lib/libtorch_cpu.so" "${torch_root}/lib/libc10.so"
                          "${torch_root}/lib/libgomp*.so*")
    install(FILES ${torch_files} DESTINATION lib/nightreel/torch/lib)
    get_filename_component(beside "${torch_root}" DIRECTORY)
    file(GLOB cuda_files RELATIVE "${beside}" "${beside}/nvidia/*/lib/libcudart.so.*" "${beside}/nvidia/*/lib/libcupti.so.*")
    foreach(file IN LISTS cuda_files)
        get_filename_component(folder "${file}" DIRECTORY)
        install(FILES "${beside}/${file}" DESTINATION lib/nightreel/${folder})
    endforeach()
    file(GLOB licences RELATIVE "${beside}" "${beside}/torch-*.dist-info/licenses/*"
                                            "${beside}/nvidia_cuda_runtime-*.dist-info/licenses/*")
    foreach(file IN LISTS licences)
        string(REGEX REPLACE "^([a-z_]+)-.*/([A-Za-z.]+)$" "\\1_\\2" name "${file}")
        install(FILES "${beside}/${file}" DESTINATION ${documents}/licences RENAME "${name}")
    endforeach()
endif()

# The program writes its own completion, so that it cannot go stale. Debian's zsh looks in a folder of its own.
install(CODE "
    set(program \"$<TARGET_FILE:nightreel>\")
    set(root \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share\")
    if(CMAKE_INSTALL_PREFIX MATCHES \"/usr/?$\")
        set(zsh zsh/vendor-completions)
    else()
        set(zsh zsh/site-functions)
    endif()
    foreach(pair \"bash:bash-completion/completions/nightreel\" \"zsh:\${zsh}/_nightreel\"
                 \"fish:fish/vendor_completions.d/nightreel.fish\")
        string(REGEX MATCH \"^[a-z]+\" shell \"\${pair}\")
        string(REGEX REPLACE \"^[a-z]+:\" \"\${root}/\" file \"\${pair}\")
        execute_process(COMMAND \"\${program}\" completion \"\${shell}\" OUTPUT_VARIABLE text
                        COMMAND_ERROR_IS_FATAL ANY)
        file(WRITE \"\${file}\" \"\${text}\")
        message(STATUS \"Installing: \${file}\")
    endforeach()")

set(CPACK_GENERATOR "DEB;TGZ")
set(CPACK_PACKAGE_NAME nightreel)
set(CPACK_PACKAGE_VENDOR "Nightreel maintainers")
set(CPACK_PACKAGE_CONTACT "Nightreel maintainers <maintainers@nightreel.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "render farm for generated film")
set(CPACK_PACKAGE_DESCRIPTION
    "Turns a shot list into EXR sequences and dailies overnight, with open video models on the studio's own machines.
Scheduler, workers and an engine on LibTorch; a small model is bundled.")
set(CPACK_PACKAGE_FILE_NAME "nightreel-${PROJECT_VERSION}-linux-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_STRIP_FILES ON)
set(CPACK_THREADS 0)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION graphics)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "fonts-dejavu-core")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE zstd)
if(NIGHTREEL_WITH_TORCH AND NIGHTREEL_BUNDLE_TORCH)
    file(GLOB private_folders "${torch_root}/lib" "${torch_root}/../nvidia/*/lib")
    set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${private_folders})
endif()
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/packaging/debian/postinst"
    "${CMAKE_SOURCE_DIR}/packaging/debian/prerm" "${CMAKE_SOURCE_DIR}/packaging/debian/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
