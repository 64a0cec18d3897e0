package runner

import groovy.transform.CompileStatic
import java.nio.channels.FileChannel
import java.nio.channels.FileLock
import java.nio.file.StandardOpenOption

/**
 * Locks on files, between builds: the system frees them where a process was killed.
 *
 * A process may open a locked file only once: closing it a second time would free the lock. So what it holds is known
 * here.
 */
@CompileStatic
class FileLocks {
    private static final Map<String, FileLock> HELD = [:]

    static synchronized boolean take(File file) {
        if (HELD.containsKey(file.path)) { return false }
        file.parentFile.mkdirs()
        FileChannel channel = FileChannel.open(file.toPath(), StandardOpenOption.CREATE, StandardOpenOption.WRITE)
        FileLock lock = channel.tryLock()
        if (lock == null) {
            channel.close()
            return false
        }
        HELD.put(file.path, lock)
        return true
    }

    static synchronized void free(File file) {
        FileLock lock = HELD.remove(file.path)
        if (lock != null) { lock.channel().close() }
    }

    /** Whether a living process has the lock. */
    static synchronized boolean held(File file) {
        if (HELD.containsKey(file.path)) { return true }
        if (!file.exists() || !take(file)) { return file.exists() }
        free(file)
        return false
    }
}
