package runner

import groovy.transform.CompileStatic

/** A step: its name, the parameters that this runner honours, and what it does with them. */
@CompileStatic
class Step {
    final String name
    /** The first one may be given without its name. */
    final List<String> parameters
    /** Whether it takes a block: never, always, or a value that is given to it in the place of one. */
    final boolean block
    /** Whether it needs a node around it. */
    final boolean onNode
    /** Called with the parameters by name and the block. */
    final Closure work

    Step(Map about = [:], String name, List<String> parameters, Closure work) {
        this.name = name
        this.parameters = parameters
        this.work = work
        block = (boolean) (about.block ?: false)
        onNode = (boolean) (about.onNode ?: false)
    }

    /** The arguments of a call by their names. Refuses what the runner does not know. */
    Map<String, Object> named(List<Object> given, String stage) {
        if (given.size() > 1) { throw new Refusal(stage, "${name} is given ${given.size()} values without a name") }
        if (given.isEmpty()) { return [:] }
        Map<String, Object> byName = [:]
        if (given[0] instanceof Map && !(given[0] instanceof Described) && parameters != ['branches']) {
            ((Map) given[0]).each { Object k, Object v -> byName.put(k.toString(), v) }
        } else if (parameters.isEmpty()) {
            throw new Refusal(stage, "${name} takes no parameters")
        } else {
            byName.put(parameters[0], given[0])
        }
        String unknown = byName.keySet().find { !parameters.contains(it) }
        if (unknown != null) {
            throw new Refusal(stage, "${name} has no parameter '${unknown}' here; known are ${parameters}")
        }
        return byName
    }
}
