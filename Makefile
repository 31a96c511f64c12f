# make demo, make test: all they need is Python 3.8 or newer; they make their own environment.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
export PYTHONPATH = lib
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: demo test bench lint docs zip check-addon clean install-grabber uninstall-grabber

demo: $(VENV)/ready
	$(BIN)/python -m gracenote2epg --demo --output xmltv.xml

test: $(VENV)/ready
	$(BIN)/python -m pytest -q -p no:cacheprovider

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
zip:
	mkdir -p dist
	git archive --prefix=service.gracenote2epg/ -o dist/service.gracenote2epg-$(VERSION).zip HEAD

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

$(VENV)/lint: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		'ruff==0.17.6' 'mypy==2.4.1' types-requests types-xmltodict types-defusedxml
	touch $@
