package runner

import groovy.transform.CompileStatic

/** The Jenkinsfile of a build. A change from a fork gets that of its target, whatever it has written into its own. */
@CompileStatic
class Source {
    private final Build build

    Source(Build build) { this.build = build }

    String text() {
        String given = (String) build.config.jenkinsfile
        if (given && !build.fork) { return new File(given).getText('UTF-8') }
        Map<String, Object> change = build.change
        String branch = (String) (change == null ? build.branch : build.fork ? change.target : change.source)
        File folder = new File(build.folder, 'source.git')
        git('init', '--quiet', '--bare', folder.path)
        String remote = (String) build.config.remote
        git('--git-dir', folder.path, 'fetch', '--quiet', remote, "+refs/heads/${branch}:refs/heads/it")
        String commit = build.fork ? 'refs/heads/it' : (String) build.config.commit
        return git('--git-dir', folder.path, 'show', "${commit}:Jenkinsfile")
    }

    private String git(CharSequence... words) {
        ProcessBuilder builder = new ProcessBuilder(['git'] + words*.toString())
        builder.environment().putAll(build.variables())
        Process process = builder.start()
        StringBuilder said = new StringBuilder()
        StringBuilder errors = new StringBuilder()
        process.waitForProcessOutput(said, errors)
        if (process.exitValue() != 0) { throw new IOException("git ${words[0]}: ${errors.toString().trim()}") }
        return said.toString()
    }
}
