# What the stages of the Jenkinsfile call. An agent has no .venv for these: the standard library and PyYAML do.
PIPELINE = @PYTHONPATH=tools $(firstword $(wildcard $(BIN)/python) $(PYTHON)) -m pipeline

.PHONY: road web mail-to archive scan sbom push artifact release-dev prove-dev verified-dev promote-stage live-stage prove-stage \
  acceptance publish-assets promote-prod prove-prod rollback-prod publish-pages mail sonar sonar-host pinned-tagbump

road: ## print which road this commit takes: release, checks, manifests or docs
	$(PIPELINE) road

web: ## say whether there is a site under web/ to publish: yes, or no
	$(PIPELINE) web

mail-to: ## print who hears of what failed
	$(PIPELINE) mail-to

archive: ## build the image of the commit, unless the registry has it: build/pipeline/image.tar
	$(PIPELINE) archive

scan: ## have Trivy look into the image of make archive, and judge what is found: build/pipeline/report.html
	$(PIPELINE) scan

sbom: ## list what is in the image of make archive: build/pipeline/sbom.cdx.json
	$(PIPELINE) sbom

push: ## push the image of make archive under its commit's tag
	$(PIPELINE) push

artifact: ## print the image of make archive: REPOSITORY:TAG@sha256:<64 hex>
	$(PIPELINE) artifact

release-dev: pinned-tagbump ## release ARTIFACT to dev
	$(PIPELINE) release dev

prove-dev: pinned-tagbump ## wait until dev runs ARTIFACT, and push the proof
	$(PIPELINE) prove dev

verified-dev: ## put the tag verified-dev-COMMIT on ARTIFACT in the registry
	$(PIPELINE) verified dev

promote-stage: pinned-tagbump ## promote ARTIFACT to stage, approved by STAGE_APPROVER: `done`, `waits` or `unanswered`
	$(PIPELINE) promote stage

live-stage: pinned-tagbump ## say whether stage runs ARTIFACT: `done`, `waits` or `unanswered`
	$(PIPELINE) live stage

acceptance: setup ## ask a deployed service whether it keeps its contract: ACCEPTANCE_URL=https://... make acceptance
	@ACCEPTANCE_URL="$${ACCEPTANCE_URL:-$$(PYTHONPATH=tools $(BIN)/python -m pipeline address stage)}" \
	  $(BIN)/pytest tests/acceptance --no-cov

prove-stage: pinned-tagbump ## say whether stage runs ARTIFACT, as live-stage does, and push the proof
	$(PIPELINE) prove stage

publish-assets: ## put onto S3 what of the site under web/ never changes under its name
	$(PIPELINE) publish-assets

promote-prod: pinned-tagbump ## promote ARTIFACT to prod, approved by PROD_APPROVER: `done`, `waits` or `unanswered`
	$(PIPELINE) promote prod

prove-prod: pinned-tagbump ## say whether prod runs ARTIFACT: `done`, `waits` or `unanswered`; and push the proof
	$(PIPELINE) prove prod

rollback-prod: pinned-tagbump ## roll prod back from ARTIFACT, where that release itself failed
	$(PIPELINE) rollback prod

publish-pages: ## put all of the site onto S3, its pages last, and have CloudFront serve no earlier ones
	$(PIPELINE) publish-pages

mail: ## write build/pipeline/mail.html of the target that failed, and print the subject of its mail
	$(PIPELINE) mail

SONAR := build/sonar/venv

sonar-host:
	@[ -n "$${SONAR_HOST_URL:-}" ] || { echo 'sonar: SONAR_HOST_URL is not set: the address of the SonarQube that is asked' >&2; exit 1; }

$(SONAR)/.installed: requirements/sonar.txt | setup
	@rm -rf $(SONAR) && $(PYTHON) -m venv --without-pip $(SONAR)
	@$(BIN)/uv pip install --quiet --python $(SONAR)/bin/python --require-hashes --requirement requirements/sonar.txt
	@touch $@

sonar: sonar-host $(SONAR)/.installed ## analyse with SonarQube after make test, and fail where its gate does: SONAR_HOST_URL, SONAR_TOKEN
	@key=$$(PYTHONPATH=tools $(BIN)/python -m sonar.key); \
	SONAR_TOKEN="$${SONAR_TOKEN:-$${SONAR_AUTH_TOKEN:-}}" $(SONAR)/bin/pysonar --skip-jre-provisioning \
	  -Dsonar.projectKey="$$key" -Dsonar.projectName="$$key"

pinned-tagbump: ## install the released tagbump that jenkins/tagbump names, into build/tagbump
	@exec 1>&2; commit=$$(grep -v '^#' jenkins/tagbump); \
	if [ -e "build/tagbump/$$commit" ]; then exit 0; fi; \
	git cat-file -e "$$commit^{commit}" 2>/dev/null || git fetch --quiet --depth 1 origin "$$commit"; \
	rm -rf build/tagbump && mkdir -p build/tagbump/src; \
	git archive "$$commit" pyproject.toml README.md LICENSE requirements/tagbump.txt tools/tagbump | tar --extract --directory build/tagbump/src; \
	$(PYTHON) -m venv build/tagbump; \
	pip="build/tagbump/bin/pip install --quiet --disable-pip-version-check"; \
	locked="--require-hashes --only-binary :all: --requirement build/tagbump/src/requirements/tagbump.txt"; \
	{ [ -d "$${TAGBUMP_WHEELS:-}" ] && $$pip --no-index --find-links "$$TAGBUMP_WHEELS" $$locked; } || $$pip $$locked; \
	$$pip --no-index --no-deps --no-build-isolation ./build/tagbump/src; \
	touch "build/tagbump/$$commit"
