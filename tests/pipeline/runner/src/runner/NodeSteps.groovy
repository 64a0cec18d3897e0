package runner

import groovy.transform.CompileStatic

/** Steps that are an agent, or work in its workspace with programs. */
@CompileStatic
class NodeSteps {
    static List<Step> all() {
        return [
            new Step('node', ['label'], { Map<String, Object> it, Closure body ->
                new Node(Context.now().build, (String) it.label).use { Steps.body(body) }
            }, block: true),
            new Step('checkout', ['scm'], { Map<String, Object> it, Closure body ->
                if (!(it.scm instanceof Scm)) { throw new Refusal(Context.now().stage, 'checkout knows only `scm`') }
                ((Scm) it.scm).checkout()
            }, onNode: true),
            new Step('sh', ['script', 'label', 'returnStdout', 'returnStatus'],
                { Map<String, Object> it, Closure body -> sh(it) }, onNode: true),
        ]
    }

    private static Object sh(Map<String, Object> given) {
        boolean stdout = (boolean) (given.returnStdout ?: false)
        boolean status = (boolean) (given.returnStatus ?: false)
        if (stdout && status) {
            throw new IllegalArgumentException('You may not select both returnStdout and returnStatus.')
        }
        Shell shell = new Shell(given.script.toString())
        int ended = shell.run(stdout)
        if (status) { return ended }
        shell.mustHaveSucceeded(ended)
        return stdout ? shell.stdout() : null
    }
}
