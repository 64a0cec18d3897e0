package runner

import groovy.transform.CompileStatic
import hudson.AbortException

/** Steps that keep what a build has made, or tell of it. */
@CompileStatic
class ReportSteps {
    static List<Step> all() {
        return [
            new Step('archiveArtifacts',
                ['artifacts', 'excludes', 'allowEmptyArchive', 'fingerprint', 'onlyIfSuccessful'],
                { Map<String, Object> it, Closure body -> archive(it) }, onNode: true),
            new Step('junit', ['testResults', 'allowEmptyResults'], { Map<String, Object> it, Closure body ->
                junit(it)
            }, onNode: true),
            new Step('withSonarQubeEnv', ['installationName', 'envOnly'], { Map<String, Object> it, Closure body ->
                sonar((String) it.installationName, body)
            }, block: true, onNode: true),
        ]
    }

    private static void archive(Map<String, Object> given) {
        Context context = Context.now()
        if (given.onlyIfSuccessful && Results.worse(context.build.result, 'SUCCESS') != 'SUCCESS') { return }
        List<String> files = Patterns.find(context.node.workspace, (String) given.artifacts, (String) given.excludes)
        if (files.isEmpty() && !given.allowEmptyArchive) {
            String pattern = "\"${given.artifacts}\""
            throw new AbortException("No artifacts found that match the file pattern ${pattern}. Configuration error?")
        }
        Patterns.copy(context.node.workspace, files, new File(context.build.folder, 'archive'))
        context.build.log.say("Archiving artifacts: ${files.size()}")
        context.build.log.event('archive', files: files)
    }

    private static void junit(Map<String, Object> given) {
        Context context = Context.now()
        List<String> files = Patterns.find(context.node.workspace, (String) given.testResults, null)
        if (files.isEmpty() && !given.allowEmptyResults) {
            throw new AbortException('No test report files were found. Configuration error?')
        }
        int tests = 0
        int failures = 0
        files.each { String path ->
            String xml = new File(context.node.workspace, path).getText('UTF-8')
            tests += xml.findAll('<testcase[\\s/>]').size()
            failures += xml.findAll('<(failure|error)[\\s/>]').size()
        }
        context.build.log.event('junit', tests: tests, failures: failures)
        if (failures > 0) { FlowSteps.unstable("${failures} of ${tests} tests failed") }
    }

    private static Object sonar(String name, Closure body) {
        Context context = Context.now()
        Map<String, Map<String, String>> servers =
            (Map<String, Map<String, String>>) (context.build.config.sonar ?: [:])
        String only = servers.size() == 1 ? servers.keySet()[0] : null
        Map<String, String> server = servers.get(name ?: only)
        if (server == null) {
            throw new AbortException("SonarQube installation defined in this job (${name}) does not exist")
        }
        Credentials.mustBeAllowed("the token of ${name ?: only}")
        Map<String, String> more = [
            SONAR_CONFIG_NAME: name ?: only, SONAR_HOST_URL: server.url, SONAR_AUTH_TOKEN: server.token,
        ].findAll { String k, String v -> v } as Map<String, String>
        return context.withSecrets([server.token]).withVariables(more).run { Steps.body(body) }
    }
}
