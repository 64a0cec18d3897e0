package runner

import groovy.transform.CompileStatic

/** Where a step runs: in which stage, on which node, with which variables and secrets. One a block, never changed. */
@CompileStatic
class Context {
    private static final ThreadLocal<Context> CURRENT = new ThreadLocal<Context>()

    final Build build
    final Scope scope
    final Node node
    final String stage
    final String branch
    final boolean inParallel
    final List<Map<String, String>> variables
    final Set<String> secrets

    private Context(Map<String, Object> values) {
        build = (Build) values.build
        scope = (Scope) values.scope
        node = (Node) values.node
        stage = (String) values.stage
        branch = (String) values.branch
        inParallel = (boolean) values.inParallel
        variables = (List<Map<String, String>>) values.variables
        secrets = (Set<String>) values.secrets
    }

    static Context first(Build build) {
        return new Context([build: build, scope: build.scope, inParallel: false, variables: [], secrets: [] as Set]
                as Map<String, Object>)
    }

    static Context now() { return CURRENT.get() }

    /** Run `body` here; nested blocks see it as `now()`. */
    public <T> T run(Closure<T> body) {
        Context before = CURRENT.get()
        CURRENT.set(this)
        try {
            return body.call()
        } finally {
            CURRENT.set(before)
        }
    }

    Context with(Map<String, Object> changes) {
        Map<String, Object> values = [
            build: build, scope: scope, node: node, stage: stage, branch: branch, inParallel: inParallel,
            variables: variables, secrets: secrets,
        ] as Map<String, Object>
        return new Context(values + changes)
    }

    Context withVariables(Map<String, String> more) {
        return with([variables: variables + [more]] as Map<String, Object>)
    }

    Context withSecrets(Collection<String> more) {
        return with([secrets: secrets + (more.findAll { it } as Set<String>)] as Map<String, Object>)
    }

    /** The environment of a step here. Jenkins' order: the build's, the node's, and then blocks from outer to inner. */
    Map<String, String> environment() {
        Map<String, String> all = new TreeMap<String, String>(build.variables())
        if (node != null) { override(all, node.variables) }
        for (Map<String, String> layer : variables) { override(all, layer) }
        return all
    }

    /** Jenkins' EnvVars: an empty value takes the variable away, and PATH+ANYTHING goes before PATH. */
    private static void override(Map<String, String> all, Map<String, String> more) {
        more.each { String name, String value ->
            int plus = name.indexOf('+')
            if (plus > 0) {
                String plain = name.substring(0, plus)
                all.put(plain, all.containsKey(plain) ? value + File.pathSeparator + all.get(plain) : value)
            } else if (value) {
                all.put(name, value)
            } else {
                all.remove(name)
            }
        }
    }

    /** The text with the secrets that are bound here as ****, longest first. */
    String mask(String text) {
        String masked = text
        List<String> longest = secrets.sort(false) { String it -> -it.length() }
        longest.each { String secret -> masked = masked.replace(secret, '****') }
        return masked
    }
}
