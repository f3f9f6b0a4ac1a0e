using MailPass.Mailboxes;

namespace MailPass.Stores.Sql;

/// <summary>
/// The schema's conditions for logging in, as SQL that is checked after a hash was written, because a trigger may have disabled the
/// mailbox. Only conditions on rows that the write touches are checked, so that no other table is read.
/// </summary>
internal sealed class LoginText
{
    /// <summary>The number in an answer for a mailbox that is gone.</summary>
    public const int Gone = 0;

    /// <summary>The number in an answer for a mailbox that has another hash.</summary>
    public const int OtherHash = 1;

    /// <summary>Follows a refusal if the row was not written.</summary>
    public const string LeftAsItWas = " The row was left as it was.";

    private const int FirstCondition = 2;

    private readonly List<string> _texts = [];
    private readonly List<string> _because = [];
    private readonly int _hard;

    /// <summary>Builds the conditions.</summary>
    /// <param name="database">The dialect.</param>
    /// <param name="bound">The schema over its tables.</param>
    public LoginText(SqlDatabase database, BoundSchema bound)
    {
        var text = new SqlText(database, bound);
        var near = bound.Joins.Where(join => join.Required).Select(join => join.Alias).Concat([bound.Schema.Mailbox.Alias, bound.Schema.Hash.Column.Alias]).ToHashSet(StringComparer.Ordinal);
        // Caveats last: a mailbox may have had one before, and only the first condition that fails is reported.
        foreach (var login in bound.Login.OrderBy(login => login.Otherwise is MailboxState.Active))
        {
            SchemaCondition[] alternatives = [login.Condition, .. login.Condition.Or];
            // Left out: members of JSON, whose values are JSON texts here, and the domain's columns, which writing a mailbox does not alter.
            if (Array.TrueForAll(alternatives, one => one.Member is null && !one.Column.DomainOnly && near.Contains(one.Column.Alias)))
            {
                _texts.Add($"({string.Join(" OR ", alternatives.Select(one => Condition(database, bound, text, one)))})");
                _because.Add(login.Because.Replace("{value}", "something else", StringComparison.Ordinal));
                _hard += login.Otherwise is MailboxState.Active ? 0 : 1;
            }
        }
    }

    /// <summary>The condition that a mailbox cannot log in although it has its hash, as SQL to append to another one; empty if there is nothing to check.</summary>
    public string OrFails => _texts.Count == 0 ? string.Empty : $" OR NOT ({string.Join(" AND ", _texts)})";

    /// <summary>What a row of the answer is about: <see cref="Gone"/>, <see cref="OtherHash"/>, or which condition fails.</summary>
    /// <param name="isThere">SQL: whether the mailbox exists.</param>
    /// <param name="holdsNew">SQL: whether it has its new hash.</param>
    public string Verdict(string isThere, string holdsNew) =>
        $"CASE WHEN NOT ({isThere}) THEN {Gone} WHEN NOT ({holdsNew}) THEN {OtherHash}{string.Concat(_texts.Select((condition, i) => FormattableString.Invariant($" WHEN NOT {condition} THEN {FirstCondition + i}")))} END";

    /// <summary>Whether a number in an answer names a condition that fails.</summary>
    /// <param name="verdict">The number.</param>
    public static bool IsCondition(int verdict) => verdict >= FirstCondition;

    /// <summary>Why a mailbox that has its new hash does not log in as before.</summary>
    /// <param name="verdict">The number in the answer, of a condition.</param>
    /// <param name="write">What was written.</param>
    /// <returns><see langword="null"/> if it was so before, or if an old hash is put back.</returns>
    public string? Because(int verdict, HashWrite write)
    {
        var because = _because[verdict - FirstCondition];
        return write.Undoes || write.Account.State is not MailboxState.Active
            || (verdict - FirstCondition >= _hard && write.Account.StateReason?.Contains(because, StringComparison.Ordinal) is true)
                ? null
                : because;
    }

    /// <summary>The message for a mailbox that a trigger disabled.</summary>
    /// <param name="because">The condition that fails.</param>
    public static string Refusal(string because) => $"With the new hash the mailbox would not log in as before: {because} Perhaps a trigger of the mail system disables it when the hash changes.";

    // Never NULL, so that NOT has one meaning.
    private static string Condition(SqlDatabase database, BoundSchema bound, SqlText text, SchemaCondition condition)
    {
        var column = text.Ref(condition.Column);
        var values = condition.Values.OfType<string>().Select(value => database.Literal(value.ToLowerInvariant())).ToArray();
        var compared = database.Compared(bound.Column(condition.Column), column);
        var isOne = values.Length == 0 ? "1 = 0" : $"{(condition.Values.Any(value => value?.Any(char.IsLetter) is true) ? $"LOWER({compared})" : compared)} IN ({string.Join(", ", values)})";
        var isNull = condition.Values.Contains(null);
        return condition.Negated
            ? isNull ? $"({column} IS NOT NULL AND NOT ({isOne}))" : $"({column} IS NULL OR NOT ({isOne}))"
            : isNull ? $"({column} IS NULL OR {isOne})" : $"({column} IS NOT NULL AND {isOne})";
    }
}
