using System.CommandLine;
using System.Text;

namespace MailPass.Cli.Commands;

/// <summary><c>mailpass completion</c>: the script that makes a shell complete <c>mailpass</c>.</summary>
internal sealed class CompletionCommand : CliCommand
{
    // bash splits words at @, = and : too, so the part of the word before the last split is removed from each suggestion. An address may hold what a
    // shell would carry out (` $ | &), so each is quoted.
    private const string Bash = """
        _mailpass() {
          local line="${COMP_LINE:0:COMP_POINT}" word suggestion
          word="${line##*[[:space:]]}"
          local cut="${word%"${COMP_WORDS[COMP_CWORD]}"}"
          COMPREPLY=()
          while IFS= read -r suggestion; do
            if [[ "$suggestion" == "$word"* ]]; then printf -v suggestion %q "${suggestion#"$cut"}"; COMPREPLY+=("$suggestion"); fi
          done < <(mailpass "[suggest:${#line}]" "$line" 2>/dev/null)
        }
        complete -o bashdefault -o default -F _mailpass mailpass

        """;

    private const string Zsh = """
        #compdef mailpass
        _mailpass() {
          local -a suggestions
          suggestions=("${(@f)$(mailpass "[suggest:${#LBUFFER}]" "$LBUFFER" 2>/dev/null)}")
          suggestions=(${suggestions:#})
          if (( $#suggestions )) && compadd -- $suggestions; then return 0; fi
          _files
        }
        if [[ "$funcstack[1]" == _mailpass ]]; then _mailpass "$@"; else compdef _mailpass mailpass; fi

        """;

    private const string PowerShell = """
        Register-ArgumentCompleter -Native -CommandName mailpass -ScriptBlock {
          param($wordToComplete, $commandAst, $cursorPosition)
          $line = $commandAst.ToString()
          $line = $line.PadRight([Math]::Max($line.Length, $cursorPosition - $commandAst.Extent.StartOffset))
          mailpass "[suggest:$($cursorPosition - $commandAst.Extent.StartOffset)]" $line 2>$null |
            Where-Object { $_.StartsWith($wordToComplete, [StringComparison]::OrdinalIgnoreCase) } |
            ForEach-Object {
              $text = if ($_ -match '^[-\w.:/][-\w.:/@+=]*$') { $_ } else { "'" + $_.Replace("'", "''") + "'" }
              [System.Management.Automation.CompletionResult]::new($text, $_, 'ParameterValue', $_)
            }
        }

        """;

    private readonly Argument<string> _shell = new("shell") { Description = "bash, zsh or powershell." };

    public CompletionCommand(CliConsole console)
        : base(console, "completion", "Prints the script that completes mailpass in a shell.")
    {
        _shell.AcceptOnlyFromAmong("bash", "zsh", "powershell");
        Arguments.Add(_shell);
        AddCommonOptions();
    }

    protected override Task<int> RunAsync(ParseResult call, CancellationToken cancellationToken)
    {
        var script = call.GetValue(_shell) switch { "bash" => Bash, "zsh" => Zsh, _ => PowerShell };
        var bytes = Encoding.UTF8.GetBytes(script.ReplaceLineEndings("\n"));
        using var target = Terminal.OpenOutput();
        _ = target.Deliver(bytes, [bytes.Length], out var fault);
        return Task.FromResult(fault is null ? ExitCodes.Done : ExitCodes.SomeFailed);
    }
}
