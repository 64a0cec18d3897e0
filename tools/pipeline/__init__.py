"""What the stages of the Jenkinsfile do, a verb each: `python -m pipeline VERB [ENVIRONMENT]`.

It is run from the root of a checkout of the commit that is built. An agent has the standard library and PyYAML for it,
and the programs that do the work: git, buildah, skopeo, trivy, aws and a released tagbump.
"""
