namespace MailPass.Sessions;

/// <summary>A system's own copy of a password that was replaced: what it takes to put the old one back.</summary>
/// <param name="Row">The row's key.</param>
/// <param name="Column">The column.</param>
/// <param name="Before">What stood there, encrypted as the system does it.</param>
/// <param name="After">What stands there now.</param>
internal sealed record ReplacedCopy(object Row, string Column, string Before, string After)
{
    /// <summary>The column alone.</summary>
    public override string ToString() => Column;
}
