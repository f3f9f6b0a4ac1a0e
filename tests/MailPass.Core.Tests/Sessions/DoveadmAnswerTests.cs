using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MailPass.Sessions.Dovecot;

namespace MailPass.Core.Tests.Sessions;

/// <summary>Reading a server's answers, complete or not, and splitting requests.</summary>
public sealed class DoveadmAnswerTests
{
    private const string Whole =
        """
        [["doveadmResponse",[{"username":"a@x","service":"imap","pid":"11","ip":"::1"}],"c0"],["error",{"type":"exitCode", "exitCode":68},"c1"],["doveadmResponse",[{"entries":"3"}],"c2"],["doveadmResponse",[{"count":"2"}],"c3"]]
        """;

    [Fact]
    public void Errors_without_a_comma_between_them_are_read_each()
    {
        // As 2.3.19 answers a batch with two commands that it does not know.
        var answers = Read("""[["doveadmResponse",[{"result":"a@x"}],"c0"],["error",{"type":"exitCode", "exitCode":68},"c1"]["error",{"type":"unknownMethod", "exitCode":68},"c2"]["error",{"type":"invalidRequest", "exitCode":68},"c3"],["doveadmResponse",[],"c4"]]""");
        Assert.Equal(["c0", "c1", "c2", "c3", "c4"], answers.Keys.Order());
        Assert.True(answers["c1"].IsNoUser);

        // With another kind of error, the exit code is left over from the previous command.
        Assert.False(answers["c2"].IsNoUser);
        Assert.Equal("invalidRequest", answers["c3"].ErrorType);
        Assert.Empty(answers["c4"].Rows);
    }

    [Fact]
    public void A_grouped_list_with_its_rows_out_of_place_is_read_whole()
    {
        var answers = Read("""[["doveadmResponse",[{"username":"b@x","connections":"3","service":"imap","pids":"(21 22 23)","ips":"(::1)"}],{"username":"a@x","connections":"2","service":"imap-hibernate","pids":"(30)","ips":"(::1 ::2)"},{"username":"c@x","connections":"1","service":"imap","pids":"()","ips":"()"},"c0"]]""");
        var sessions = answers["c0"].Rows.SelectMany(SessionRows.Read).ToList();
        Assert.Equal(
            [new("b@x", "imap", "21", "::1"), new("b@x", "imap", "22", "::1"), new("b@x", "imap", "23", "::1"), new("a@x", "imap-hibernate", "30", ""), new("a@x", "imap-hibernate", "30", ""), new("c@x", "imap", "", "")],
            sessions);
    }

    [Fact]
    public void A_list_of_2_4_is_read_one_connection_a_row_and_grouped()
    {
        // As 2.4.1 and 2.4.5 answer: one address more, nothing out of place.
        var answers = Read("""[["doveadmResponse",[{"username":"a@x","service":"imap","pid":"41","ip":"192.0.2.7","dest_ip":""},{"username":"b@x","service":"submission","pid":"42","ip":"::1","dest_ip":""}],"c0"],["doveadmResponse",[{"username":"a@x","connections":"2","service":"imap","pids":"(41 43)","ips":"(192.0.2.7)"},{"username":"b@x","connections":"1","service":"submission","pids":"(42)","ips":"(::1)"}],"c1"]]""");
        Assert.Equal([new("a@x", "imap", "41", "192.0.2.7"), new("b@x", "submission", "42", "::1")], answers["c0"].Rows.SelectMany(SessionRows.Read));
        Assert.Equal([new("a@x", "imap", "41", "192.0.2.7"), new("a@x", "imap", "43", "192.0.2.7"), new("b@x", "submission", "42", "::1")], answers["c1"].Rows.SelectMany(SessionRows.Read));
    }

    [Fact]
    public void Counts_and_errors_of_2_4_are_told_apart()
    {
        // As 2.4.5 answers: a kick of nobody and of two, a flush, a flush of too long a line, an unknown command, an unknown parameter.
        var answers = Read("""[["doveadmResponse",[{"count":"0"}],"c0"],["doveadmResponse",[{"count":"2"}],"c1"],["doveadmResponse",[{"entries":"1"}],"c2"],["error",{"type":"exitCode","exitCode":75},"c3"],["error",{"type":"unknownMethod","exitCode":0},"c4"],["error",{"type":"invalidRequest","exitCode":0},"c5"]]""");
        Assert.Equal(["0", "2"], new[] { "c0", "c1" }.Select(tag => DoveadmAnswer.Text(answers[tag].Rows[0], "count")));
        Assert.Equal("1", DoveadmAnswer.Text(answers["c2"].Rows[0], "entries"));
        Assert.Equal([("exitCode", 75), ("unknownMethod", 0), ("invalidRequest", 0)], new[] { "c3", "c4", "c5" }.Select(tag => (answers[tag].ErrorType, answers[tag].ExitCode)));
        Assert.DoesNotContain(answers.Values, answer => answer.IsNoUser);
    }

    [Theory]
    [InlineData("2.3.19", """[{"name":"mask","type":"array"}]""", "user", "user", false)]
    [InlineData("2.4.1", """[{"name":"socketPath","type":"string"},{"name":"passdbField","type":"string"},{"name":"destHost","type":"string"},{"name":"mask","type":"array"}]""", "user", "mask", true)]
    [InlineData("2.4.5", """[{"name":"socketPath","type":"string"},{"name":"passdbField","type":"string"},{"name":"destHost","type":"string"},{"name":"mask","type":"array"}]""", "userMask", "mask", false)]
    public void Versions_are_told_apart_by_what_they_offer(string version, string kick, string flush, string proxyKick, bool flushKills)
    {
        var can = DoveadmCapabilities.Read(Encoding.UTF8.GetBytes($$"""
            [{"command":"reload","parameters":[]},
             {"command":"kick","parameters":{{kick}}},
             {"command":"proxyKick","parameters":[{"name":"{{proxyKick}}","type":"array"}]},
             {"command":"who","parameters":[{"name":"separateConnections","type":"boolean"},{"name":"mask","type":"array"}]},
             {"command":"authCacheFlush","parameters":[{"name":"socketPath","type":"string"},{"name":"{{flush}}","type":"array"}]}]
            """));
        Assert.Equal(new DoveadmCapabilities(flush, true, flushKills, true, true, proxyKick, true), can);
        Assert.True(can.FlushesByMask == (version == "2.4.5"));
    }

    [Fact]
    public void The_first_answer_to_a_tag_counts() =>
        Assert.Equal("1", DoveadmAnswer.Text(Read("""[["doveadmResponse",[{"entries":"1"}],"c0"],["doveadmResponse",[{"entries":"2"}],"c0"]]""")["c0"].Rows[0], "entries"));

    [Theory]
    [InlineData("""["doveadmR\ud800esponse",[{"entries":"3"}],"c9"]""")]
    [InlineData("""["error",{"ex\ud800it":1},"c9"]""")]
    [InlineData("""["error",{"type":"\ud800","exitCode":68},"c9"]""")]
    [InlineData("""["doveadmResponse",[{"\ud800":"a@x","username":"\ud800"}],"c\ud800"]""")]
    public void Half_characters_leave_the_other_answers_readable(string broken)
    {
        var answers = Read($"[{broken},[\"doveadmResponse\",[{{\"count\":\"2\"}}],\"c1\"]]");
        Assert.Equal("2", DoveadmAnswer.Text(answers["c1"].Rows[0], "count"));
        Assert.All(answers.Values.SelectMany(answer => answer.Rows).SelectMany(SessionRows.Read), session => Assert.NotEmpty(session.UserName));
    }

    [Fact]
    public void An_answer_that_breaks_off_yields_only_whole_parts()
    {
        var whole = Encoding.UTF8.GetBytes(Whole);
        var expected = DoveadmAnswer.ReadAll(whole, out var fault);
        Assert.Null(fault);
        Assert.Equal(4, expected.Count);
        for (var length = 0; length < whole.AsSpan().TrimEnd((byte)'\n').Length; length++)
        {
            var answers = DoveadmAnswer.ReadAll(whole.AsSpan(0, length), out fault);
            Assert.NotNull(fault);
            Assert.All(answers, answer => Assert.Equal(expected[answer.Key].Rows.Select(row => row.ToString()), answer.Value.Rows.Select(row => row.ToString())));
        }
    }

    [Fact]
    public void Bytes_changed_anywhere_never_bring_the_reader_down() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<(PositiveInt At, byte With)>(),
            change =>
            {
                var bytes = Encoding.UTF8.GetBytes(Whole);
                bytes[change.At.Get % bytes.Length] = change.With;
                foreach (var answer in DoveadmAnswer.ReadAll(bytes, out _).Values)
                {
                    _ = answer.Rows.SelectMany(SessionRows.Read).ToList();
                }
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_name_that_is_not_unicode_is_skipped()
    {
        var body = Encoding.Latin1.GetBytes("[[\"doveadmResponse\",[{\"username\":\"\xe9@x\"},{\"username\":\"a@x\"}],\"c0\"]]");
        Assert.Equal(["a@x"], DoveadmAnswer.ReadAll(body, out _)["c0"].Rows.SelectMany(SessionRows.Read).Select(session => session.UserName));
    }

    [Fact]
    public void Flush_chunks_keep_every_name_in_order_and_fit() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<NonNull<string>[]>(),
            texts =>
            {
                var names = texts.Select(text => text.Get).Where(name => FlushChunks.BytesOf(name) <= FlushChunks.MaxBytes)
                    .SelectMany(name => Enumerable.Repeat(name, 40)).ToList();
                var chunks = FlushChunks.Cut(names).ToList();
                Assert.Equal(names, chunks.SelectMany(chunk => chunk));
                Assert.All(chunks, chunk => Assert.InRange(chunk.Sum(FlushChunks.BytesOf), 1, FlushChunks.MaxBytes));

                // No two neighbours could have been one.
                Assert.All(chunks.Zip(chunks.Skip(1)), pair => Assert.True(pair.First.Sum(FlushChunks.BytesOf) + FlushChunks.BytesOf(pair.Second[0]) > FlushChunks.MaxBytes));
            }).QuickCheckThrowOnFailure();

    private static Dictionary<string, DoveadmAnswer> Read(string text)
    {
        var answers = DoveadmAnswer.ReadAll(Encoding.UTF8.GetBytes(text), out var fault);
        Assert.Null(fault);
        return answers;
    }
}
