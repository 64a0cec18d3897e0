package runner

import groovy.transform.CompileStatic

/** A value with the name of what it is. No named arguments, though it is a map. */
@CompileStatic
class Described extends LinkedHashMap<String, Object> {
    Described(Map<String, Object> values, String symbol) {
        super(values)
        put('symbol', symbol)
    }
}

/** What stands as a value inside of a step: bindings of credentials, properties of a job. */
@CompileStatic
class Symbols {
    private static final Map<String, List<String>> KNOWN = [
        string: ['credentialsId', 'variable'],
        usernamePassword: ['credentialsId', 'usernameVariable', 'passwordVariable'],
        file: ['credentialsId', 'variable'],
        sshUserPrivateKey: ['credentialsId', 'keyFileVariable', 'usernameVariable', 'passphraseVariable'],
        gitUsernamePassword: ['credentialsId', 'gitToolName'],
        agent: [],
        kubernetesAgent: ['handleNonKubernetes'],
        nonresumable: [],
        disableConcurrentBuilds: ['abortPrevious'],
        buildDiscarder: ['strategy'],
        logRotator: ['numToKeepStr', 'artifactNumToKeepStr', 'daysToKeepStr', 'artifactDaysToKeepStr'],
    ]

    static List<Step> all() {
        return KNOWN.collect { String name, List<String> parameters ->
            new Step(name, parameters, { Map<String, Object> it, Closure body -> new Described(it, name) })
        }
    }
}
