import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Java's own clients, which ask for h2c: java Talk.java PORT USERNAME PASSWORD */
public class Talk {
    static final HttpClient client = HttpClient.newHttpClient();

    static String call(HttpRequest.Builder request) throws Exception {
        var response = client.send(request.build(), BodyHandlers.ofString());
        if (response.statusCode() != 200) throw new Exception(response.toString());
        return response.body();
    }

    static String find(String pattern, String text) {
        var matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) throw new IllegalStateException(pattern + " is not in " + text);
        return matcher.group(1);
    }

    public static void main(String[] arguments) throws Exception {
        var server = "127.0.0.1:" + arguments[0];
        var credentials = "{\"username\":\"%s\",\"password\":\"%s\"}"
            .formatted(arguments[1], arguments[2]);
        var token = find("\"token\":\"([^\"]+)\"", call(
            HttpRequest.newBuilder(URI.create("http://" + server + "/api/tokens"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(credentials))));
        var channel = find("\"id\":(\\d+)", call(
            HttpRequest.newBuilder(URI.create("http://" + server + "/api/channels"))
                .header("Authorization", "Bearer " + token)));
        var received = new CompletableFuture<String>();
        var socket = client.newWebSocketBuilder().buildAsync(
            URI.create("ws://" + server + "/client?token=" + token), new WebSocket.Listener() {
                final StringBuilder message = new StringBuilder();

                @Override
                public CompletionStage<?> onText(
                        WebSocket socket, CharSequence part, boolean last) {
                    message.append(part);
                    if (last && message.indexOf("chat_sent") >= 0)
                        received.complete(find("\"content\":\"([^\"]+)\"", message.toString()));
                    if (last) message.setLength(0);
                    socket.request(1);
                    return null;
                }
            }).get(10, TimeUnit.SECONDS);
        socket.sendText("{\"type\":\"chat_written\",\"channelId\":" + channel
            + ",\"content\":\"from Java\"}", true).get(10, TimeUnit.SECONDS);
        System.out.println(received.get(10, TimeUnit.SECONDS));
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(10, TimeUnit.SECONDS);
        System.exit(0);
    }
}
