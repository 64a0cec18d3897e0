package runner

import groovy.transform.CompileStatic

/** What the builds of one job know of each other: who runs, milestones, and who was told to end. It survives them. */
@CompileStatic
class Shared {
    final File folder
    final int number

    Shared(File folder, int number) {
        this.folder = folder
        this.number = number
        ['builds', 'aborts', 'locks'].each { String name -> new File(folder, name).mkdirs() }
    }

    /** Alone among all builds, and among the threads of this one. For moments only. */
    def <T> T alone(Closure<T> work) {
        synchronized (FileLocks) {
            File guard = new File(folder, 'guard')
            while (!FileLocks.take(guard)) { Thread.sleep(5) }
            try {
                return work.call()
            } finally {
                FileLocks.free(guard)
            }
        }
    }

    void enter() {
        if (!FileLocks.take(life(number))) { throw new IllegalStateException("build #${number} is running already") }
        order(number).delete()
        alone { write('milestones', read('milestones') + [("$number".toString()): null]) }
    }

    /** End: later builds count on it. Older ones that had not come as far are told to end, as Jenkins does. */
    void leave(String result) {
        alone {
            Map<String, Object> passed = read('milestones')
            Integer last = (Integer) passed.remove("$number".toString())
            write('milestones', passed)
            write('results', read('results') + [("$number".toString()): (Object) result])
            if (last != null) { supersede(passed, last + 1) }
        }
        FileLocks.free(life(number))
    }

    private File life(int build) { return new File(folder, "builds/${build}") }

    private File order(int build) { return new File(folder, "aborts/${build}.json") }

    boolean lives(int build) { return FileLocks.held(life(build)) }

    List<Integer> others() {
        List<Integer> all = new File(folder, 'builds').list().toList().collect { String it -> it.toInteger() }
        return all.findAll { int it -> it != number && lives(it) }.sort()
    }

    /** The result of the newest build before this one that has ended; null where there is none. */
    String previous() {
        Map<String, Object> results = read('results')
        Integer last = results.keySet().collect { it.toInteger() }.findAll { it < number }.max()
        return last == null ? null : (String) results.get("$last".toString())
    }

    void abort(int build, String result, String why) {
        File file = order(build)
        if (!file.exists()) { Json.write(file, [result: result, why: why]) }
    }

    /** What this build was told to end for: result and why; null where it was not. */
    Map<String, Object> ordered() {
        File file = order(number)
        return file.exists() ? Json.read(file) : null
    }

    /** Pass the milestone; the number of the newer build that passed it before, or null. */
    Integer pass(int ordinal) {
        return alone {
            Map<String, Object> passed = read('milestones')
            Integer newer = living(passed).findAll { int build, Integer at ->
                build > number && at != null && at >= ordinal
            }.keySet().max()
            if (newer != null) { return newer }
            passed.put("$number".toString(), ordinal)
            write('milestones', passed)
            supersede(passed, ordinal)
            return null
        }
    }

    private void supersede(Map<String, Object> passed, int ordinal) {
        living(passed).each { int build, Integer at ->
            if (build < number && (at == null || at < ordinal)) {
                abort(build, 'NOT_BUILT', "Superseded by #${number}")
            }
        }
    }

    private Map<Integer, Integer> living(Map<String, Object> passed) {
        Map<Integer, Integer> alive = [:]
        passed.each { String build, Object at ->
            if (lives(build.toInteger())) { alive.put(build.toInteger(), (Integer) at) }
        }
        return alive
    }

    Map<String, Object> read(String name) { return Json.read(new File(folder, "${name}.json")) }

    void write(String name, Map<String, Object> content) { Json.write(new File(folder, "${name}.json"), content) }
}
