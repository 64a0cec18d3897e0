"""Gets what `make manifests` checks with, each once: kubeconform and its schemas, promtool, checkov."""
