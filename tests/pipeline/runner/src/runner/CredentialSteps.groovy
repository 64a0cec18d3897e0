package runner

import groovy.transform.CompileStatic

/** withCredentials. */
@CompileStatic
class CredentialSteps {
    static List<Step> all() {
        return [
            new Step('withCredentials', ['bindings'], { Map<String, Object> it, Closure body ->
                Credentials bound = new Credentials()
                ((List<Map<String, Object>>) it.bindings).each { Map<String, Object> binding -> bound.bind(binding) }
                bound.run(body)
            }, block: true),
        ]
    }
}
