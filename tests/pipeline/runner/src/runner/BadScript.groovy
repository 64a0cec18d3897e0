package runner

import groovy.transform.CompileStatic

/**
 * A mistake in the Jenkinsfile's own Groovy. A MissingMethodException is turned into one at the border of each block:
 * Groovy would take it for a call to be tried on the closure's next owner, and run a step twice.
 */
@CompileStatic
class BadScript extends RuntimeException {
    BadScript(String message, Throwable cause) { super(message, cause) }
}
