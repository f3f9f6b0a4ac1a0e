using System.Text;
using MailPass.Sessions.Dovecot;

namespace MailPass.Fuzz.Targets;

/// <summary>Answers of Dovecot's doveadm over HTTP, which are not strict JSON.</summary>
public sealed class DoveadmTarget : FuzzTarget
{
    /// <inheritdoc/>
    public override string Name => "doveadm";

    /// <inheritdoc/>
    public override IReadOnlyList<byte[]> Samples { get; } =
    [
        .. ((string[])["""[["doveadmResponse",[{"username":"a@x","service":"imap","pid":"11","ip":"::1"}],"c0"],["error",{"type":"exitCode", "exitCode":68},"c1"],["doveadmResponse",[{"entries":"3"}],"c2"],["doveadmResponse",[{"count":"2"}],"c3"]]""",
            """[["doveadmResponse",[{"result":"a@x"}],"c0"],["error",{"type":"exitCode", "exitCode":68},"c1"]["error",{"type":"unknownMethod", "exitCode":68},"c2"]]""",
            """[["doveadmResponse",[{"username":"b@x","connections":"3","service":"imap","pids":"(21 22 23)","ips":"(::1)"}],{"username":"a@x","connections":"2","service":"imap-hibernate","pids":"(30)","ips":"(::1 ::2)"},"c0"]]""",
            """[{"command":"who","parameters":[{"name":"separateConnections","type":"boolean"},{"name":"mask","type":"array"}]},{"command":"kick","parameters":[{"name":"mask","type":"array"}]},{"command":"authCacheFlush","parameters":[{"name":"user","type":"array"}]}]"""]).Select(Encoding.UTF8.GetBytes),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Words { get; } = ["[\"error\",", "\"doveadmResponse\"", "\"exitCode\":", "\"type\":", "\"c0\"", "{\"username\":", "\"pids\":\"(", "(1 2", "\\ud800", "[[[["];

    /// <inheritdoc/>
    public override bool Read(byte[] input)
    {
        try
        {
            _ = DoveadmCapabilities.Read(input);
        }
        catch (DoveadmException)
        {
            // Not a list of commands, as documented.
        }

        var answers = DoveadmAnswer.ReadAll(input, out var fault);
        foreach (var answer in answers.Values)
        {
            _ = answer.IsNoUser;
            foreach (var row in answer.Rows)
            {
                _ = DoveadmAnswer.Text(row, "username");
                _ = SessionRows.Read(row).ToList();
            }
        }

        return fault is null;
    }
}
