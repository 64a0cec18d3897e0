package runner

import groovy.transform.CompileStatic

/** An agent of one label: a workspace that nobody had before, and is gone afterwards with every process in it. */
@CompileStatic
class Node {
    private final Build build
    final String label
    final String name
    final File workspace
    final Map<String, String> variables
    private final String cookie
    boolean prepared = false

    Node(Build build, String label) {
        this.build = build
        this.label = label
        Map<String, Object> known = (Map<String, Object>) build.config.labels
        if (label != null && known != null && !known.containsKey(label)) {
            throw new Refusal(Context.now().stage, "no agent has the label '${label}'; there are ${known.keySet()}")
        }
        int number = build.next()
        name = "${label ?: 'any'}-${number}".toString()
        workspace = new File(build.folder, "workspaces/${name}")
        cookie = "${build.config.cookie}-${number}".toString()
        variables = [
            WORKSPACE: workspace.path, WORKSPACE_TMP: temporary.path, NODE_NAME: name, NODE_LABELS: label ?: '',
            EXECUTOR_NUMBER: '0', JENKINS_NODE_COOKIE: cookie,
        ] + (Map<String, String>) (about.env ?: [:])
    }

    /** What the configuration says about this label: env, prepare. */
    Map<String, Object> getAbout() {
        return (Map<String, Object>) (((Map<String, Object>) (build.config.labels ?: [:])).get(label) ?: [:])
    }

    /** Where Jenkins keeps scripts and secrets: beside the workspace, not in it. */
    File getTemporary() { return new File(workspace.path + '@tmp') }

    def <T> T use(Closure<T> body) {
        [workspace, temporary]*.mkdirs()
        build.log.event('node', label: label, node: name, workspace: workspace.path)
        try {
            return Context.now().with([node: this] as Map<String, Object>).run(body)
        } finally {
            Processes.kill(cookie, 0)
            [workspace, temporary].each { File it -> Folders.delete(it) }
            build.log.event('node-released', label: label, node: name)
        }
    }
}
