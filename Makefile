# Two commands do everything: `make demo` and `make test`. Each makes its own environment in .venv.
UV := .tools/bin/uv
VENV := .venv/bin
LOCK := requirements-dev.lock

.PHONY: demo test check format lock clean

.venv/ready: $(LOCK) pyproject.toml
	@test -x $(UV) || python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target .tools uv
	$(UV) venv --quiet --allow-existing --python 3 .venv
	$(UV) pip sync --quiet --python $(VENV)/python --require-hashes $(LOCK)
	$(UV) pip install --quiet --python $(VENV)/python --no-deps --editable .
	@touch $@

demo: .venv/ready  ## migrate, seed, match, print the ten best proposals, then serve
	$(VENV)/sstic demo

check: .venv/ready  ## style, types, architecture, documentation
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/pytest -q tests/test_architecture.py tests/test_documentation.py

test: .venv/ready  ## the whole suite, on SQLite and on a PostgreSQL that it starts itself
	$(VENV)/pytest -q -n 2

format: .venv/ready
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .

lock: .venv/ready  ## lock files carry hashes but no index address
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf .venv .tools var
