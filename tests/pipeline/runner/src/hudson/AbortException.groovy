package hudson

import groovy.transform.CompileStatic

/** What a step throws that fails for a reason a person understands, by the name that Jenkins has for it. */
@CompileStatic
class AbortException extends IOException {
    AbortException(String message) { super(message) }
}
