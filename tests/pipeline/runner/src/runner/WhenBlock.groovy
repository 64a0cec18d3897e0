package runner

/** `when { }`: conditions that all have to hold. They are looked at where the stage comes to them. */
class WhenBlock extends Block {
    final List<Closure<Boolean>> conditions = []
    boolean beforeAgent = false
    boolean beforeInput = false
    boolean beforeOptions = false

    WhenBlock(Object script, String stage) { super(script, stage, 'when') }

    boolean holds() { return conditions.every { it.call() } }

    void complete() {
        if (conditions.isEmpty()) { throw new Refusal(stage, 'when has no condition') }
    }

    void beforeAgent(boolean early) { beforeAgent = early }

    void beforeInput(boolean early) { beforeInput = early }

    void beforeOptions(boolean early) { beforeOptions = early }

    void branch(String pattern) { branch(pattern: pattern) }

    void branch(Map<String, String> given) {
        known('branch', given, ['pattern', 'comparator'])
        conditions.add { compared(variable('BRANCH_NAME'), given.pattern, given.comparator ?: 'GLOB') }
    }

    void environment(Map<String, Object> given) {
        known('environment', given, ['name', 'value', 'ignoreCase'])
        conditions.add {
            String now = variable(given.name) ?: ''
            return given.ignoreCase ? now.equalsIgnoreCase(given.value) : now == given.value
        }
    }

    void equals(Map<String, Object> given) {
        known('equals', given, ['expected', 'actual'])
        conditions.add { given.expected == given.actual }
    }

    void expression(Closure body) {
        conditions.add {
            body.resolveStrategy = Closure.DELEGATE_FIRST
            body.delegate = script
            Object answer = Steps.body(body)
            return answer instanceof String && answer.equalsIgnoreCase('false') ? false : answer as boolean
        }
    }

    void changeRequest(Map<String, String> given = [:]) {
        known('changeRequest', given, ['id', 'target', 'branch', 'fork', 'title', 'author', 'comparator'])
        conditions.add {
            Map<String, String> named = given.findAll { it.key != 'comparator' }
            return variable('CHANGE_ID') != null && named.every { String name, String wanted ->
                compared(variable("CHANGE_${name.toUpperCase()}"), wanted, given.comparator ?: 'EQUALS')
            }
        }
    }

    void not(Closure body) {
        WhenBlock inner = new WhenBlock(script, stage).read(body)
        if (inner.conditions.size() != 1) { throw new Refusal(stage, 'not takes one condition') }
        conditions.add { !inner.holds() }
    }

    void allOf(Closure body) {
        WhenBlock inner = new WhenBlock(script, stage).read(body)
        conditions.add { inner.holds() }
    }

    void anyOf(Closure body) {
        WhenBlock inner = new WhenBlock(script, stage).read(body)
        conditions.add { inner.conditions.any { it.call() } }
    }

    private void known(String condition, Map<String, Object> given, List<String> names) {
        String unknown = given.keySet().find { !(it in names) }
        if (unknown != null) { throw new Refusal(stage, "when: ${condition} has no parameter '${unknown}'") }
    }

    private static String variable(CharSequence name) { return Context.now().environment().get(name.toString()) }

    private boolean compared(String actual, String wanted, String comparator) {
        if (actual == null) { return false }
        switch (comparator) {
            case 'GLOB': return Patterns.matches(wanted, actual, false)
            case 'EQUALS': return actual == wanted
            case 'REGEXP': return actual.matches(wanted)
            default: throw new Refusal(stage, "when knows no comparator '${comparator}'")
        }
    }
}
