package runner

import groovy.transform.CompileStatic
import java.nio.file.FileVisitResult
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.SimpleFileVisitor
import java.nio.file.attribute.BasicFileAttributes

/** Folders with all that is in them. */
@CompileStatic
class Folders {
    /** Delete one, and of a link the link alone: Groovy's own deleteDir() deletes what a link leads to. */
    static void delete(File folder) {
        if (!Files.isDirectory(folder.toPath())) { return }
        Files.walkFileTree(folder.toPath(), new SimpleFileVisitor<Path>() {
            @Override
            FileVisitResult visitFile(Path file, BasicFileAttributes about) {
                Files.delete(file)
                return FileVisitResult.CONTINUE
            }

            @Override
            FileVisitResult postVisitDirectory(Path left, IOException error) {
                Files.delete(left)
                return FileVisitResult.CONTINUE
            }
        })
    }
}
