package runner

import groovy.transform.CompileStatic
import java.nio.charset.StandardCharsets

/** Hands one message to a mail server. Only what a test server asks for: no TLS, no sign-in. */
@CompileStatic
class Smtp {
    private final BufferedReader answers
    private final OutputStream lines

    private Smtp(Socket socket) {
        answers = new BufferedReader(new InputStreamReader(socket.inputStream, StandardCharsets.UTF_8))
        lines = socket.outputStream
    }

    static void send(Map<String, Object> server, Map<String, Object> message) {
        if (!server) { throw new IOException('no mail server is configured') }
        Socket socket = new Socket()
        try {
            socket.connect(new InetSocketAddress((String) server.host, (int) server.port), 5000)
            socket.soTimeout = 10000
            new Smtp(socket).converse(message)
        } finally {
            socket.close()
        }
    }

    private void converse(Map<String, Object> message) {
        expect('220')
        say('EHLO jenkins.example.com', '250')
        say("MAIL FROM:<${message.from}>", '250')
        ((List<String>) message.to).each { String it -> say("RCPT TO:<${it}>", '250') }
        say('DATA', '354')
        lines.write(text(message).getBytes(StandardCharsets.US_ASCII))
        say('\r\n.', '250')
        say('QUIT', '221')
    }

    private void say(CharSequence line, String wanted) {
        lines.write("${line}\r\n".getBytes(StandardCharsets.US_ASCII))
        lines.flush()
        expect(wanted)
    }

    private void expect(String wanted) {
        String line = answers.readLine()
        while (line != null && line.length() > 3 && line[3] == '-') { line = answers.readLine() }
        if (line == null || !line.startsWith(wanted)) { throw new IOException("the mail server says ${line}") }
    }

    /** ASCII only, in lines that no server breaks: subject and contents are in base64, which starts with no dot. */
    private static String text(Map<String, Object> message) {
        String type = "${message.type}; charset=UTF-8"
        List<String> head = [
            "From: ${message.from}", "To: ${((List<String>) message.to).join(', ')}",
            "Subject: =?UTF-8?B?${"${message.subject}".getBytes('UTF-8').encodeBase64()}?=", 'MIME-Version: 1.0',
        ]*.toString()
        if (message.replyTo) { head.add("Reply-To: ${message.replyTo}".toString()) }
        List<File> files = (List<File>) message.files
        if (files.isEmpty()) { return (head + part(type, "${message.body}".getBytes('UTF-8'), null)).join('\r\n') }
        List<List<String>> parts = [part(type, "${message.body}".getBytes('UTF-8'), null)] +
            files.collect { File file -> part('application/octet-stream', file.bytes, file.name) }
        String border = 'part-of-a-message-from-jenkins'
        head.addAll(["Content-Type: multipart/mixed; boundary=\"${border}\"".toString(), ''])
        parts.each { List<String> it -> head.addAll(["--${border}".toString()] + it) }
        return (head + ["--${border}--".toString()]).join('\r\n')
    }

    private static List<String> part(CharSequence type, byte[] content, String name) {
        List<String> lines = ["Content-Type: ${type}".toString(), 'Content-Transfer-Encoding: base64']
        if (name) { lines.add("Content-Disposition: attachment; filename=\"${name}\"".toString()) }
        return lines + [''] + content.encodeBase64(true).toString().readLines()
    }
}
