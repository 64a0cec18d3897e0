package runner

import groovy.transform.CompileStatic

/** disableConcurrentBuilds: a build waits for the one before, or ends it. */
@CompileStatic
class Queueing {
    static void wait(Build build) {
        Map<String, Object> property = build.shared.read('properties')
        if (!property.disableConcurrentBuilds) { return }
        List<Integer> older = build.shared.others().findAll { int it -> it < build.number }
        if (property.abortPrevious) {
            older.each { int it -> build.shared.abort(it, 'NOT_BUILT', "Superseded by #${build.number}") }
        }
        if (older) { build.log.event('queued', behind: older) }
        while (older.any { int it -> build.shared.lives(it) }) { build.scope.pause(50) }
    }
}
