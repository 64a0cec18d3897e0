package runner

import groovy.transform.CompileStatic

/** Something that this runner does not know. Whatever catches it, the build is refused: no test passes by accident. */
@CompileStatic
class Refusal extends Error {
    Refusal(String where, CharSequence what) {
        super(where ? "stage '${where}': ${what}".toString() : what.toString())
        if (Context.now() != null) { Context.now().build.refused = this }
    }
}
