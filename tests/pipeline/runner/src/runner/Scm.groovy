package runner

import groovy.transform.CompileStatic
import hudson.AbortException

/** `scm`: the repository and the commit of this build. */
@CompileStatic
class Scm {
    private final Build build

    Scm(Build build) { this.build = build }

    /**
     * Check the commit out as the branch source of a multibranch job does: no branch, no tags, and of the remote only
     * the branch that is built, and the target of a change. Returns what Jenkins returns of it.
     */
    Map<String, String> checkout() {
        Node node = Context.now().node
        String commit = (String) build.config.commit
        git(node.workspace, 'init', '--quiet')
        remember(node.workspace)
        git(node.workspace, (['fetch', '--no-tags', '--force', '--quiet', 'origin'] + refspecs()) as String[])
        git(node.workspace, 'checkout', '--quiet', '--force', '--detach', commit)
        if (build.change?.merge) {
            git(node.workspace, 'merge', '--quiet', '--no-edit', "origin/${build.change.target}")
        }
        String head = git(node.workspace, 'rev-parse', 'HEAD').trim()
        build.log.say("Checking out Revision ${head} (${build.branch})")
        build.log.event('checkout', commit: head)
        prepare(node)
        return [GIT_COMMIT: head, GIT_BRANCH: build.branch, GIT_URL: (String) build.config.remote]
    }

    String toString() { return 'scm' }

    private void remember(File workspace) {
        if (!git(workspace, 'remote').contains('origin')) {
            git(workspace, 'remote', 'add', 'origin', (String) build.config.remote)
        }
        git(workspace, 'config', '--replace-all', 'remote.origin.fetch', refspecs()[0])
        refspecs().tail().each { git(workspace, 'config', '--add', 'remote.origin.fetch', it) }
    }

    private List<String> refspecs() {
        if (build.change == null) {
            return ["+refs/heads/${build.branch}:refs/remotes/origin/${build.branch}".toString()]
        }
        return [
            "+refs/heads/${build.change.source}:refs/remotes/origin/${build.branch}".toString(),
            "+refs/heads/${build.change.target}:refs/remotes/origin/${build.change.target}".toString(),
        ]
    }

    /** What a pod would have ready, such as a warm .venv: the command of this label, once a workspace that has files. */
    static void prepare(Node node) {
        String command = (String) node.about.prepare
        if (!command || node.prepared) { return }
        node.prepared = true
        Context.now().build.log.event('prepare', command: command)
        Shell shell = new Shell(command)
        shell.mustHaveSucceeded(shell.run(false))
    }

    private String git(File folder, CharSequence... words) {
        List<String> command = ['git'] + words*.toString()
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder)
        builder.environment().clear()
        builder.environment().putAll(Context.now().environment())
        Process process = builder.start()
        StringBuilder said = new StringBuilder()
        StringBuilder errors = new StringBuilder()
        process.waitForProcessOutput(said, errors)
        if (process.exitValue() != 0) {
            throw new AbortException("${command.take(2).join(' ')}: ${errors.toString().trim()}")
        }
        return said.toString()
    }
}
