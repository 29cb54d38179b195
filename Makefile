# Every target is one line; `make` lists them. What they do lies in scripts/ and in manage.py.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup up down reset test check fix schema docs shell bench
manage := .venv/bin/python manage.py

help: ; @sed -n 's/^\([a-z]*\): .* ## \(.*\)/\1 \2/p' Makefile | while read -r name line; do printf '  make %-7s %s\n' "$$name" "$$line"; done ## list these targets
setup: ; @scripts/bootstrap develop                       ## install what development needs into .venv
up: ; @scripts/bootstrap run && exec $(manage) up         ## start everything: databases, web, worker; Ctrl-C ends it
down: ; @scripts/bootstrap run && $(manage) down          ## stop what `make up` started
reset: ; @scripts/bootstrap run && $(manage) reset        ## remove all data of this checkout; asks first
test: ; @only="$(only)" args="$(args)" scripts/test                                 ## run all tests; `make test only=tests/audit` runs some
check: ; @scripts/check                                   ## run every other machine check
fix: ; @scripts/fix                                       ## repair formatting and whatever ruff can
schema: ; @scripts/bootstrap develop && $(manage) spectacular --urlconf config.urls_operator --file docs/openapi.yaml ## write docs/openapi.yaml anew
docs: ; @scripts/bootstrap develop && $(manage) catalogue --write ## write the generated papers anew
shell: ; @scripts/bootstrap develop && $(manage) shell    ## a Python prompt inside the product
bench: ; @scripts/bench                                   ## measure the cost of tenant routing
