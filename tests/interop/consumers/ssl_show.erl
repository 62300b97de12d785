%% Shows the certificate with Erlang's ssl.
-module(ssl_show).
-export([main/0]).

main() ->
    {ok, _} = application:ensure_all_started(ssl),
    Options = [{certfile, os:getenv("CERT")}, {keyfile, os:getenv("KEY")}, {password, os:getenv("PASSWORD")},
               {cacertfile, os:getenv("CA")}, {verify, verify_peer}, {server_name_indication, "localhost"}, {versions, ['tlsv1.2']}],
    {ok, Socket} = ssl:connect("127.0.0.1", list_to_integer(os:getenv("PORT")), Options, 20000),
    ssl:close(Socket),
    halt().
