package runner

import groovy.transform.CompileStatic
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.Paths

/** Ends the processes of a step or of a node. Like Jenkins it knows them by a variable that they all inherit. */
@CompileStatic
class Processes {
    /** Ask those whose environment has `cookie` to end, and after `grace` seconds end what is left. */
    static void kill(String cookie, int grace) {
        List<Long> found = withCookie(cookie)
        if (found && grace > 0) {
            found.each { signal('TERM', it) }
            long end = System.currentTimeMillis() + grace * 1000L
            while (withCookie(cookie) && System.currentTimeMillis() < end) { Thread.sleep(20) }
        }
        // Twice: one that was just being started has its parent's environment, or none yet.
        for (int round = 0; round < 2 && (found = withCookie(cookie)); round++) { found.each { signal('KILL', it) } }
    }

    private static void signal(String name, long process) {
        new ProcessBuilder(['kill', "-${name}", "${process}"]*.toString()).redirectErrorStream(true).start().waitFor()
    }

    private static List<Long> withCookie(String cookie) {
        List<Long> found = []
        for (String name : new File('/proc').list()) {
            if (name.isLong() && has(Paths.get('/proc', name), cookie)) { found.add(name.toLong()) }
        }
        return found
    }

    private static boolean has(Path process, String cookie) {
        try {
            String environment = new String(Files.readAllBytes(process.resolve('environ')), 'ISO-8859-1')
            return environment.contains("_COOKIE=${cookie}\0".toString())
        } catch (IOException ignored) {
            return false // it ended meanwhile, or is somebody else's
        }
    }
}
