package runner

/** `agent { }`. */
class AgentBlock extends Block {
    private String label

    AgentBlock(Object script, String stage) { super(script, stage, 'agent') }

    void label(String label) { this.label = label }

    void node(Closure body) { new AgentBlock(script, stage).read(body).with { this.label = it.found().label } }

    Map<String, Object> found() {
        if (label == null) { throw new Refusal(stage, 'agent needs a label') }
        return [kind: 'label', label: label]
    }
}

/** `post { }`. */
class PostBlock extends Block {
    static final List<String> ORDER = [
        'always', 'changed', 'fixed', 'regression', 'aborted', 'success', 'unsuccessful', 'unstable', 'failure',
        'notBuilt', 'cleanup',
    ]
    final Map<String, Closure> conditions = [:]

    PostBlock(Object script, String stage) { super(script, stage, 'post') }

    Object methodMissing(String name, Object arguments) {
        if (!(name in ORDER) || arguments.length != 1 || !(arguments[0] instanceof Closure)) {
            return super.methodMissing(name, arguments)
        }
        if (conditions.containsKey(name)) { throw new Refusal(stage, "post has '${name}' twice") }
        conditions[name] = arguments[0]
        return null
    }
}

/** `input { }`. */
class InputBlock extends Block {
    String message
    String id
    String ok
    String submitter
    String submitterParameter

    InputBlock(Object script, String stage) { super(script, stage, 'input') }

    void message(String text) { once('message', text) }

    void id(String text) { once('id', text) }

    void ok(String text) { once('ok', text) }

    void submitter(String text) { once('submitter', text) }

    void submitterParameter(String text) { once('submitterParameter', text) }

    Map<String, Object> values() {
        return [
            message: message, id: id, ok: ok, submitter: submitter, submitterParameter: submitterParameter,
        ].findAll { it.value != null }
    }
}

/** `environment { }`: evaluated where the stage runs, each line seeing the ones before. */
class EnvironmentBlock extends Block {
    final Map<String, String> variables = [:]
    final Credentials bound = new Credentials()

    EnvironmentBlock(Object script, String stage) { super(script, stage, 'environment') }

    void propertyMissing(String name, Object value) {
        if (value instanceof Map && value.credentials) {
            bound.bindTo(name, value.credentials)
        } else {
            variables[name] = value.toString()
        }
    }

    Object propertyMissing(String name) {
        if (name == 'env') { return new EnvironmentSoFar(this) }
        return own(name) ?: script.getProperty(name)
    }

    String own(String name) { return variables.get(name) ?: bound.variables.get(name) }

    Map<String, Object> credentials(String id) { return [credentials: id] }

    Object methodMissing(String name, Object arguments) { return script.invokeMethod(name, arguments) }
}

/** `env` within `environment`: it has the lines before as well. */
class EnvironmentSoFar {
    private final EnvironmentBlock block

    EnvironmentSoFar(EnvironmentBlock block) { this.block = block }

    Object getProperty(String name) { return this.@block.own(name) ?: Context.now().environment().get(name) }
}
