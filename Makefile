# Two commands matter: `make demo` renders the first example, `make test` passes everything that needs no
# GPU. Both set up all they need. The work itself is done by CMake; see CMakePresets.json.
BUILD := build
JOBS ?= $(shell nproc)
WERROR := $(if $(CI),ON,OFF)

.PHONY: all demo test quick soak bench evaluate install package format tidy clean packages peers configure

all: configure
	@cmake --build $(BUILD) -j $(JOBS)

packages:
	@cmake/install_packages.sh

configure: packages
	@cmake/configure.sh $(BUILD) -DNIGHTREEL_WERROR=$(WERROR)

# Independent checkers that tests use where they are there; `make test` never installs them by itself.
peers: packages
	@tests/peers/install.sh $(BUILD)

demo: configure
	@cmake --build $(BUILD) -j $(JOBS) --target nightreel nightreel-render
	@examples/demo.sh $(BUILD)

test: all
	@[ -f $(BUILD)/peers/.stamp ] || echo >&2 "Tests that need independent checkers will be skipped: make peers"
	@cd $(BUILD) && ctest --output-on-failure -j $(JOBS) -LE '^(gpu|bench|soak)$$'

quick: all
	@cd $(BUILD) && ctest --output-on-failure -j $(JOBS) -L '^(unit|tidy|sim)$$'

# What takes minutes: whole examples, packages. Run before a change is called done.
soak: all
	@cd $(BUILD) && ctest --output-on-failure -L '^soak$$'

bench: all
	@cd $(BUILD) && ctest --verbose -L '^bench$$' | sed -n 's/^[0-9]*: {/{/p'

evaluate: configure
	@cmake --build $(BUILD) -j $(JOBS) --target nightreel-evaluate
	@$(BUILD)/bin/nightreel-evaluate --model models/toybox

PREFIX ?= /usr/local
# The programs and what they need, no tests. DESTDIR is honoured.
install: configure
	@cmake --build $(BUILD) -j $(JOBS) --target product
	@cmake --install $(BUILD) --prefix $(PREFIX)

# A .deb and a .tar.gz in build/packages.
package: configure
	@cmake --build $(BUILD) -j $(JOBS) --target product
	@cd $(BUILD) && cpack -B packages

format:
	@git ls-files '*.cpp' '*.h' '*.cu' | xargs clang-format -i

clean:
	@rm -rf $(BUILD)
