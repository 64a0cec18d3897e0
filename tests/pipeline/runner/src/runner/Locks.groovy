package runner

import groovy.transform.CompileStatic

/** The resources of `lock`: one holder each, and a queue. A file lock stands for each, so a killed build has none. */
@CompileStatic
class Locks {
    static Object with(String resource, boolean inverse, Closure body) {
        Build build = Context.now().build
        File folder = new File(build.shared.folder, "locks/${URLEncoder.encode(resource, 'UTF-8')}")
        File held = new File(folder, 'held')
        File holder = new File(folder, 'holder.json')
        File ticket = ticket(folder, inverse, build)
        Object waitsFor = null
        try {
            while (!build.shared.alone { take(ticket, held, holder, build) }) {
                Object now = build.shared.alone { FileLocks.held(held) ? Json.read(holder).build : null }
                if (now != null && now != waitsFor) {
                    build.log.say("[Resource: ${resource}] is locked by build #${now}, waiting...")
                    build.log.event('lock-waits', resource: resource, holder: now)
                    waitsFor = now
                }
                Context.now().scope.pause(50)
            }
        } finally {
            build.shared.alone { drop(ticket) }
        }
        build.log.say("Lock acquired on [Resource: ${resource}]")
        build.log.event('lock', resource: resource)
        try {
            return body.call()
        } finally {
            build.shared.alone {
                holder.delete()
                FileLocks.free(held)
            }
            build.log.say("Lock released on resource [Resource: ${resource}]")
            build.log.event('lock-released', resource: resource)
        }
    }

    private static File ticket(File folder, boolean inverse, Build build) {
        String name = "${System.currentTimeMillis()}-${build.number}-${build.next()}-${inverse ? 'inverse' : 'plain'}"
        File ticket = new File(folder, "queue/${name}")
        build.shared.alone { FileLocks.take(ticket) }
        return ticket
    }

    private static boolean take(File ticket, File held, File holder, Build build) {
        if (first(ticket.parentFile) != ticket.name || !FileLocks.take(held)) { return false }
        drop(ticket)
        Json.write(holder, [build: build.number, stage: Context.now().stage])
        return true
    }

    private static void drop(File ticket) {
        FileLocks.free(ticket)
        ticket.delete()
    }

    /** Jenkins puts who comes with inversePrecedence before all others in the queue, and everybody else at its end. */
    private static String first(File queue) {
        List<String> waiting = queue.list().toList().findAll { String name ->
            File ticket = new File(queue, name)
            if (FileLocks.held(ticket)) { return true }
            ticket.delete()
            return false
        }.sort()
        return waiting.findAll { String it -> it.endsWith('-inverse') }.max() ?: waiting.min()
    }
}
