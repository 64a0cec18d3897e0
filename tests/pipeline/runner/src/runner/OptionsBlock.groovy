package runner

/** A step that stands in options. */
class Wrapper {
    String name
    List<Object> arguments
}

/** `options { }`: settings, and steps that are put around the pipeline or the stage in the order they are written. */
class OptionsBlock extends Block {
    private static final List<String> WRAPPERS = ['timestamps', 'timeout', 'retry', 'lock', 'catchError']
    private static final List<String> SETTINGS =
        ['skipStagesAfterUnstable', 'parallelsAlwaysFailFast', 'disableResume', 'disableRestartFromStage']
    final List<Wrapper> wrappers = []
    final Map<String, Object> settings = [:]
    final List<Map<String, Object>> properties = []

    OptionsBlock(Object script, String stage) { super(script, stage, 'options') }

    void skipDefaultCheckout(boolean wanted = true) { settings.skipDefaultCheckout = wanted }

    Object methodMissing(String name, Object arguments) {
        if (name in WRAPPERS) {
            if (wrappers.any { it.name == name }) { throw new Refusal(stage, "options has '${name}' twice") }
            Steps.ALL[name].named(arguments.toList(), stage)
            wrappers.add(new Wrapper(name: name, arguments: arguments.toList()))
        } else if (stage == null && name in SETTINGS && arguments.length == 0) {
            settings[name] = true
        } else if (stage == null && name in ['disableConcurrentBuilds', 'buildDiscarder']) {
            properties.add(Steps.call(name, arguments))
        } else if (name == 'logRotator') {
            return Steps.call(name, arguments)
        } else {
            return super.methodMissing(name, arguments)
        }
        return null
    }
}
