package runner

import groovy.transform.CompileStatic
import hudson.AbortException

/** What the credentials of the configuration put into the environment of a block, and what of it is secret. */
@CompileStatic
class Credentials {
    final Map<String, String> variables = [:]
    final List<String> secrets = []

    static void mustBeAllowed(String what) {
        if (Context.now().build.fork) { throw new AbortException("a change from a fork gets no credentials: ${what}") }
    }

    private static Map<String, String> find(String id) {
        mustBeAllowed(id)
        Map<String, Map<String, String>> all =
            (Map<String, Map<String, String>>) (Context.now().build.config.credentials ?: [:])
        if (!all.containsKey(id)) { throw new AbortException("Could not find credentials entry with ID '${id}'") }
        return all.get(id)
    }

    void bind(Map<String, Object> binding) {
        String id = "${binding.credentialsId}"
        Map<String, String> found = find(id)
        String wanted = [
            string: 'string', file: 'file', sshUserPrivateKey: 'ssh', usernamePassword: 'password',
            gitUsernamePassword: 'password',
        ].get((String) binding.symbol)
        if (found.kind != wanted) {
            throw new AbortException(
                "Credentials '${id}' is of type '${found.kind}' where '${wanted}' was expected")
        }
        switch (binding.symbol) {
            case 'string': secret("${binding.variable}", found.secret); break
            case 'file': secret("${binding.variable}", write('secret', found.secret, false).path); break
            case 'usernamePassword':
                variables.put("${binding.usernameVariable}".toString(), found.username)
                secret("${binding.passwordVariable}", found.secret)
                break
            case 'sshUserPrivateKey':
                secret("${binding.keyFileVariable}", write('ssh-key', found.secret, false).path)
                if (binding.usernameVariable) {
                    variables.put("${binding.usernameVariable}".toString(), found.username)
                }
                break
            default: git(found)
        }
    }

    /** The environment directive's `NAME = credentials(id)`. */
    void bindTo(String name, String id) {
        Map<String, String> found = find(id)
        switch (found.kind) {
            case 'string': secret(name, found.secret); break
            case 'file': secret(name, write('secret', found.secret, false).path); break
            case 'password':
                secret(name, "${found.username}:${found.secret}")
                variables.put("${name}_USR".toString(), found.username)
                secret("${name}_PSW", found.secret)
                break
            default: throw new Refusal(Context.now().stage, "credentials('${id}') of kind ${found.kind}")
        }
    }

    private void secret(CharSequence name, CharSequence value) {
        variables.put(name.toString(), value.toString())
        secrets.add(value.toString())
    }

    /** As git's plugin does it: a program that git asks, and both values in the environment. */
    private void git(Map<String, String> found) {
        File user = write('username', found.username + '\n', false)
        File password = write('password', found.secret + '\n', false)
        String program = "#!/bin/sh\n\ncase \"\$1\" in\n        Username*) cat '${user.path}';;\n" +
            "        Password*) cat '${password.path}';;\n        esac\n"
        variables.put('GIT_USERNAME', found.username)
        variables.put('GIT_TERMINAL_PROMPT', 'false')
        secret('GIT_PASSWORD', found.secret)
        secret('GIT_ASKPASS', write('auth.sh', program, true).path)
    }

    private static File write(String name, String content, boolean program) {
        Context context = Context.now()
        if (context.node == null) { throw new AbortException("withCredentials needs a node for the file of '${name}'") }
        File file = new File(context.node.temporary, "secretFiles/${context.build.next()}/${name}")
        file.parentFile.mkdirs()
        file.setText(content, 'UTF-8')
        [file.setReadable(false, false), file.setReadable(true, true), file.setExecutable(program, true)]
        return file
    }

    /** Run `body` with what was bound. Its files are gone afterwards. */
    Object run(Closure body) {
        try {
            return Context.now().withSecrets(secrets).withVariables(variables).run { Steps.body(body) }
        } finally {
            variables.values().findAll { String it -> it.contains('@tmp/secretFiles/') }
                .each { String it -> new File(it).delete() }
        }
    }
}
