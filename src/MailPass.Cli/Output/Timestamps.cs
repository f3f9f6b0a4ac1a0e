namespace MailPass.Cli.Output;

/// <summary>How points in time are written: ISO 8601, UTC, milliseconds.</summary>
internal static class Timestamps
{
    public const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
}
