package runner

import groovy.transform.CompileStatic

/** emailext: really sent, to the server of the configuration. */
@CompileStatic
class MailSteps {
    private static final Set<String> UNKNOWN =
        ['BUILD_LOG', 'SCRIPT', 'CHANGES', 'ENV', 'JELLY_SCRIPT', 'DEFAULT_CONTENT', 'DEFAULT_SUBJECT'] as Set<String>

    static List<Step> all() {
        return [
            new Step('emailext', ['subject', 'body', 'to', 'from', 'replyTo', 'mimeType', 'attachmentsPattern'],
                { Map<String, Object> it, Closure body -> send(it) }),
        ]
    }

    /** Like the plugin it fails no build: what went wrong stands in the log. */
    private static void send(Map<String, Object> given) {
        Build build = Context.now().build
        String subject = expanded("${given.subject ?: ''}")
        List<String> to = recipients("${given.to ?: ''}").split('[,\\s]+').toList().findAll { it && it != 'null' }
        String error = to.isEmpty() ? 'An attempt to send an e-mail to empty list of recipients, ignored.' : null
        if (error == null) {
            try {
                Smtp.send((Map<String, Object>) build.config.smtp, message(given, subject, to))
            } catch (IOException failed) {
                error = "Could not send email: ${failed.message}"
            }
        }
        build.log.say(error ?: "Sending email to: ${to.join(' ')}")
        build.log.event('mail', to: to, subject: subject, sent: error == null, error: error)
    }

    private static String recipients(String to) {
        return to.replace('$DEFAULT_RECIPIENTS', (String) (Context.now().build.config.recipients ?: ''))
    }

    private static Map<String, Object> message(Map<String, Object> given, String subject, List<String> to) {
        List<File> files = []
        Node node = Context.now().node
        if (given.attachmentsPattern && node != null) {
            files = Patterns.find(node.workspace, "${given.attachmentsPattern}", null)
                .collect { new File(node.workspace, it) }
        }
        return [
            from: given.from ?: 'jenkins@example.com', to: to, replyTo: given.replyTo, subject: subject, files: files,
            type: given.mimeType ?: 'text/plain', body: expanded("${given.body ?: ''}"),
        ] as Map<String, Object>
    }

    /**
     * The tokens of subject and body. Jenkins expands them in whatever it is given, text from programs included; the
     * few that a test may want are expanded here, what else looks like a known one is refused, and all else stays.
     */
    private static String expanded(String text) {
        Map<String, String> environment = Context.now().environment()
        return text.replaceAll(/\$\{([A-Z_]+)((?:\s*,[^}]*)?)\}|\$([A-Z_]+)\b/) { List<String> found ->
            String name = found[1] ?: found[3]
            if (name == 'FILE') { return expanded(file(found[2])) } // Jenkins looks into it as well
            if (name in ['BUILD_NUMBER', 'BUILD_URL', 'JOB_NAME', 'BRANCH_NAME']) { return environment.get(name) }
            if (name in UNKNOWN) {
                throw new Refusal(Context.now().stage, "emailext: the token ${found[0]}")
            }
            return found[0]
        }
    }

    private static String file(String arguments) {
        String path = arguments.find(/path\s*=\s*"([^"]+)"/) { List<String> it -> it[1] }
        Node node = Context.now().node
        File file = node == null || path == null ? null : new File(node.workspace, path)
        return file?.isFile() ? file.getText('UTF-8') : "ERROR: File '${path}' does not exist"
    }
}
