/* The smallest service there is: /readyz and /version as ours has them. What its image's environment says, it does:
   CRASH=words says them and ends. One program, and images that differ in their settings. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say_and_end(const char *words) {
  FILE *log = fopen("/dev/termination-log", "w");
  if (log) fputs(words, log), fclose(log);
  fprintf(stderr, "%s\n", words);
  exit(3);
}

int main(void) {
  const char *crash = getenv("CRASH"), *image = getenv("IMAGE");
  const char *digest = image ? strchr(image, '@') : NULL;
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(8080)};
  int one = 1, door = socket(AF_INET, SOCK_STREAM, 0);
  if (crash) say_and_end(crash);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGTERM, _exit);
  setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(door, (void *)&any, sizeof any) || listen(door, 64)) say_and_end("port 8080 is taken");
  for (;;) {
    char asked[4096] = "", body[256] = "{}", answer[512];
    int status = 200, length, caller = accept(door, NULL, NULL);
    if (caller < 0) continue;
    if (read(caller, asked, sizeof asked - 1) > 0) {
      if (strstr(asked, " /version ")) snprintf(body, sizeof body, "{\"digest\": \"%s\"}", digest ? digest + 1 : "");
      length = snprintf(answer, sizeof answer,
                        "HTTP/1.0 %d -\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", status,
                        strlen(body), body);
      if (write(caller, answer, length) < 0) status = 0;
    }
    close(caller);
  }
}
