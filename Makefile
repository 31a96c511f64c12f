# make demo, make test: all they need is Python 3.8 or newer; they make their own environment.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
export PYTHONPATH = lib
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: demo test test-moments test-all test-kodi torture mutants bench lint docs zip repository release check-addon clean \
	install-grabber uninstall-grabber

demo: $(VENV)/ready
	$(BIN)/python -m gracenote2epg --demo --output xmltv.xml

# Two at once, one for each of two cores. At another moment: make test NOW=2027-03-14T03:30:00-04:00
PYTEST = $(BIN)/python -m pytest -q -p no:cacheprovider
# Compiling the tests takes longer than collecting them: once, and away from the tree.
test test-moments test-all torture: export PYTHONPYCACHEPREFIX = $(abspath $(VENV))/bytecode
test test-moments test-all torture: export PYTHONDONTWRITEBYTECODE =
MOMENT = $(if $(NOW),--now $(NOW))
HALF = tests/kodi tests/cli tests/doctor tests/web tests/faults tests/test_*.py
HALVES = $(PYTEST) $(1) $(HALF) >$(VENV)/half.log 2>&1 & half=$$!; \
	$(PYTEST) $(1) $(HALF:%=--ignore-glob=%); other=$$?; \
	wait $$half; half=$$?; cat $(VENV)/half.log; exit $$((half + other))
test: $(VENV)/ready
	@$(call HALVES,-m 'not slow' $(MOMENT) --durations=10)

# The tests that have a clock, at awkward moments (midnights, clock changes, leap days) and at a
# random one, drawn from the commit: what failed fails again.
MOMENTS = 2026-12-01T00:00:20Z 2026-11-30T23:59:40Z 2026-11-30T03:20:00Z 2026-11-30T06:01:00Z \
	2026-06-15T12:00:00Z 2027-03-14T03:30:00-04:00 2026-11-01T01:30:00-05:00 \
	2028-02-29T20:00:00-05:00 2026-12-31T23:59:10-05:00 random:$$(git rev-parse HEAD^{tree})
test-moments: $(VENV)/ready
	printf '%s\n' $(MOMENTS) | xargs -P 2 -I {} $(PYTEST) -m 'not slow' --limit 0 --clocked --now {}

# Everything: child processes, faults, loads, browsers, validators, long properties.
test-all: $(VENV)/ready
	@$(MAKE) -s $(VENV)/axe.min.js || echo 'axe-core cannot be downloaded: its test is skipped'
	@export AXE=$$(ls $(VENV)/axe.min.js 2>/dev/null); $(call HALVES,--limit 0 $(ONLY))

# Change one thing in the product at a time: does a test notice? SEED, COUNT; Python 3.12 or newer.
SEED ?= 1
COUNT ?= 300
mutants: $(VENV)/ready
	$(BIN)/python tools/mutants.py --seed $(SEED) --count $(COUNT) -- -m 'not slow' tests

# The whole fault suite, of which `make test` runs a part; writes a table of what it tried.
torture: $(VENV)/ready
	mkdir -p dist
	$(PYTEST) --limit 0 tests/faults --torture --reliability dist/reliability.md

# In a real Kodi on a virtual screen, with the add-on from the zip, which holds what is committed.
# KODI=20: this Debian's. KODI=21: that of Debian 13 in a folder, which root makes once (0.9 GB).
KODI ?= 20
KODI_ROOTS ?= $(HOME)/.cache/gracenote2epg
KODI_ROOT = $(if $(filter 20,$(KODI)),/,$(KODI_ROOTS)/kodi$(KODI))
KODI_PACKAGES = kodi kodi-pvr-iptvsimple xvfb libgl1-mesa-dri fonts-noto-core fonts-roboto-hinted
test-kodi: zip $(VENV)/kodi/ready
	@dpkg -s $(KODI_PACKAGES) >/dev/null 2>&1 || { \
		echo 'installing $(KODI_PACKAGES)'; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends $(KODI_PACKAGES) >/dev/null; \
	} || { echo 'test-kodi needs Debian and these packages: $(KODI_PACKAGES); root installs them'; exit 1; }
	@test $(KODI) = 20 || sh tools/kodi_root.sh $(KODI_ROOT)
	$(PYTEST) --limit 0 $(or $(ONLY),tests/real_kodi) --root $(KODI_ROOT) \
		--zip dist/service.gracenote2epg-$(VERSION).zip --modules $(VENV)/kodi

bench: $(VENV)/ready
	$(BIN)/python benchmarks/bench.py

lint: $(VENV)/lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --no-incremental

docs: $(VENV)/ready
	$(BIN)/python docs/generate.py

# What users get: the add-on without tests and tools (.gitattributes says which files).
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' lib/gracenote2epg/__init__.py)
ZIP = dist/service.gracenote2epg-$(VERSION).zip
zip:
	$(PYTHON) tools/make_zip.py $(ZIP)

# A Kodi repository for a web space of yours: make repository URL=https://host/kodi
repository: zip
	$(PYTHON) tools/make_repository.py dist/repository "$(URL)" $(ZIP)

# All files of a release, in dist/release; with URL=https://host/kodi the repository too.
release: test $(VENV)/build
	$(BIN)/python tools/release.py dist/release $(URL)

# Kodi's own checker on that zip, for Kodi 20, 21 and 22; a warning fails too.
check-addon: $(VENV)/checker zip
	$(BIN)/python tools/check_addon.py $(ZIP)

# The grabber for a plain server, without pip: make install-grabber PREFIX=/usr
PREFIX ?= /usr/local
GRABBER = tv_grab_gracenote2epg
INSTALLED = $(DESTDIR)$(PREFIX)/lib/gracenote2epg
install-grabber: uninstall-grabber
	mkdir -p $(INSTALLED)/bin $(INSTALLED)/lib $(DESTDIR)$(PREFIX)/bin
	cp -R lib/gracenote2epg $(INSTALLED)/lib/
	find $(INSTALLED) -name __pycache__ -prune -exec rm -rf {} +
	cp bin/$(GRABBER) $(INSTALLED)/bin/
	chmod -R u=rwX,go=rX $(INSTALLED)
	chmod 755 $(INSTALLED)/bin/$(GRABBER)
	ln -s ../lib/gracenote2epg/bin/$(GRABBER) $(DESTDIR)$(PREFIX)/bin/

uninstall-grabber:
	rm -rf $(INSTALLED) $(DESTDIR)$(PREFIX)/bin/$(GRABBER)

clean:
	rm -rf $(VENV) dist build xmltv.xml

# PINS: other versions than the newest, as "requests==2.25.1 urllib3==1.26.5".
$(VENV)/ready: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 8) and "gracenote2epg needs Python 3.8 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		'requests>=2.25.1' 'xmltodict>=0.12.0' 'defusedxml>=0.6.0' 'pytest>=7' 'requests-mock>=1.9' $(PINS)
	touch $@

# Each line: an add-on of Kodi's repository, and what it holds.
$(VENV)/kodi/ready: tests/real_kodi/modules.list $(VENV)/ready
	while read -r addon packages; do \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-compile \
			--upgrade --target $(VENV)/kodi/$$addon $$packages || exit 1; \
	done < tests/real_kodi/modules.list
	touch $@

$(VENV)/checker: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'kodi-addon-checker==0.0.36'
	touch $@

$(VENV)/build: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'build==1.2.2'
	touch $@

# Tells what a screen reader or a keyboard would miss on the page.
AXE = https://registry.npmjs.org/axe-core/-/axe-core-4.10.3.tgz
$(VENV)/axe.min.js: $(VENV)/ready
	$(BIN)/python -c 'import io, sys, tarfile, urllib.request as web; \
		packed = io.BytesIO(web.urlopen(sys.argv[1], timeout=60).read()); \
		open(sys.argv[2], "wb").write(tarfile.open(fileobj=packed).extractfile("package/axe.min.js").read())' \
		$(AXE) $@

$(VENV)/lint: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		'ruff==0.17.6' 'mypy==2.4.1' types-requests types-xmltodict types-defusedxml
	touch $@
