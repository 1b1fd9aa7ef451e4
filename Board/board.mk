# Cross-building for boards, their tests under an emulator, and the packages: see Board/README.md.

# What `boards` builds; others in Board/targets are built when they are named.
BOARDS ?= armv6 armv7 arm64
# The one that `board` builds.
BOARD ?= armv6

# The boards that the packages are made of.
PACKAGED := armv6 arm64 amd64
BOARD_TOOLS := qemu-user libfaketime binutils
PACKAGE_TOOLS := debhelper lintian
# Of these the tests need root: they start a Debian of their own.
PACKAGE_TEST_TOOLS := man-db debootstrap curl iproute2 qemu-user qemu-user-static $(PACKAGE_TOOLS)
DEBIAN_OF_TESTS := build/debian

.PHONY: boards board
boards: deps $(BOARDS:%=build/sysroots/%/ORIGIN) ## Build build/concord-armv6, -armv7 and -arm64
	@Board/build $(BOARDS)

board: ## Build one: BOARD=armv6, armv7, arm64, riscv64 or amd64
	@$(MAKE) --no-print-directory boards BOARDS=$(BOARD)

build/sysroots/%/ORIGIN: Board/targets/%.conf Board/sysroot
	@Board/sysroot $*

.PHONY: packages
packages: ## Build the Debian packages build/concord_VERSION_{armhf,arm64,amd64}.deb
	@.ci/install-packages $(PACKAGE_TOOLS)
	@$(MAKE) --no-print-directory boards BOARDS="$(PACKAGED)"
	@Board/package $(PACKAGED)

.PHONY: test-boards test-boards-ci test-packages
test-boards: boards test-deps board-tools ## Run all end-to-end tests against each board's binary
	$(PYTHON) -m pytest Tests/Boards -m "not packages"
	Board/test whole $(BOARDS)

test-boards-ci: boards test-deps board-tools ## Run those marked "board" against each of them
	$(PYTHON) -m pytest Tests/Boards -m "not packages"
	Board/test part $(BOARDS)

test-packages: packages test-deps $(DEBIAN_OF_TESTS)/ready ## Install, start, upgrade, remove, purge (root)
	$(PYTHON) -m pytest Tests/Boards -m packages

.PHONY: board-tools
board-tools:
	@.ci/install-packages $(BOARD_TOOLS)

$(DEBIAN_OF_TESTS)/ready: Tests/Boards/make-debian
	@.ci/install-packages $(PACKAGE_TEST_TOOLS)
	@Tests/Boards/make-debian $(DEBIAN_OF_TESTS)
