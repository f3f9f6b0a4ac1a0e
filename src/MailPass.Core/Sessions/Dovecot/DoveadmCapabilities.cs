using System.Text.Json;

namespace MailPass.Sessions.Dovecot;

/// <summary>
/// What one server's API offers, according to its own list of commands (<c>GET /doveadm/v1</c>). MailPass goes by this list and not
/// by version numbers: 2.3 to 2.4.2 flush by <c>user</c>, 2.4.3 and later by <c>userMask</c>; <c>kick</c> has
/// <c>passdbField</c> since 2.4.0.
/// </summary>
/// <param name="FlushParameter">The flush command's parameter for names; <see langword="null"/> if the server cannot flush.</param>
/// <param name="FlushTakesList">Whether that parameter is a list.</param>
/// <param name="FlushKills">Whether this is 2.4.0 to 2.4.2, whose worker crashes on any flush with a name: it takes the list for a text (2.4.1, "assertion failed: (param->type == CMD_PARAM_STR)").</param>
/// <param name="KickTakesList">Whether <c>kick</c>'s <c>mask</c> is a list.</param>
/// <param name="SeparateConnections">Whether <c>who</c> can list each connection alone.</param>
/// <param name="ProxyKickParameter">The parameter for names of <c>proxyKick</c> (2.3 <c>user</c>, 2.4 <c>mask</c>); <see langword="null"/> if there is none.</param>
/// <param name="ProxyKickTakesList">Whether that parameter is a list.</param>
internal sealed record DoveadmCapabilities(
    string? FlushParameter,
    bool FlushTakesList,
    bool FlushKills,
    bool KickTakesList,
    bool SeparateConnections,
    string? ProxyKickParameter,
    bool ProxyKickTakesList)
{
    /// <summary>Whether the flush takes names as masks, in which <c>*</c> and <c>?</c> are wildcards.</summary>
    public bool FlushesByMask => FlushParameter == "userMask";

    /// <summary>Reads the list of commands.</summary>
    /// <exception cref="DoveadmException">It is not a list of commands.</exception>
    public static DoveadmCapabilities Read(ReadOnlySpan<byte> body)
    {
        var commands = new Dictionary<string, Dictionary<string, string>>(StringComparer.Ordinal);
        try
        {
            var reader = new Utf8JsonReader(body);
            foreach (var command in JsonElement.ParseValue(ref reader).EnumerateArray())
            {
                if (DoveadmAnswer.Text(command, "command") is { } name)
                {
                    commands[name] = command.TryGetProperty("parameters", out var list)
                        ? list.EnumerateArray().ToDictionary(
                            parameter => DoveadmAnswer.Text(parameter, "name") ?? string.Empty,
                            parameter => DoveadmAnswer.Text(parameter, "type") ?? string.Empty,
                            StringComparer.Ordinal)
                        : [];
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new DoveadmException(DoveadmFault.Broken, "The list of commands cannot be read: is this address Dovecot's doveadm API?", e);
        }

        if (!commands.TryGetValue("who", out var who) || !commands.TryGetValue("kick", out var kick))
        {
            throw new DoveadmException(DoveadmFault.Final, "The server offers no 'who' and 'kick': is this address Dovecot's doveadm API?");
        }

        var flush = commands.GetValueOrDefault("authCacheFlush");
        var flushParameter = flush is null ? null : flush.ContainsKey("userMask") ? "userMask" : flush.ContainsKey("user") ? "user" : null;
        var proxyKick = commands.GetValueOrDefault("proxyKick");
        var proxyParameter = proxyKick is null ? null : proxyKick.ContainsKey("mask") ? "mask" : proxyKick.ContainsKey("user") ? "user" : null;
        return new(
            flushParameter,
            flushParameter is not null && IsList(flush!, flushParameter),
            flushParameter == "user" && kick.ContainsKey("passdbField"),
            IsList(kick, "mask"),
            who.ContainsKey("separateConnections"),
            proxyParameter,
            proxyParameter is not null && IsList(proxyKick!, proxyParameter));
    }

    private static bool IsList(Dictionary<string, string> parameters, string name) => parameters.GetValueOrDefault(name) == "array";
}
